"""Memory of programs in the course of a run.

    with memory_course.MemoryCourse([gateway, service], seconds) as course:
        …                                   # the run
    course.samples                          # a list for each moment: near the start, in the middle, at the end
"""

import threading

_MOMENTS = (0.1, 0.5)  # parts of the run; buffers and pools have grown to their size by the first


class MemoryCourse:
    def __init__(self, programs, seconds):
        self.samples = []
        self._programs = programs
        self._timers = [threading.Timer(seconds * moment, self._sample) for moment in _MOMENTS]

    def _sample(self):
        self.samples.append([round(program.memory_mb(), 1) for program in self._programs])

    def __enter__(self):
        for timer in self._timers:
            timer.start()
        return self

    def __exit__(self, *_):
        for timer in self._timers:
            timer.cancel()
            timer.join()
        self._sample()
