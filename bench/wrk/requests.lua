-- Sends the requests of a file round and round, and prints what came of it as one line of JSON.
--
--     wrk --threads=N … --script=requests.lua URL -- FILE N
--
-- A line of the file is "METHOD PATH BODY"; BODY is JSON or empty. The lines are dealt out to wrk's N threads in turn, so that a
-- thread always sends the same ones, in the file's order.

local threads_set_up = 0

function setup(thread)
  thread:set("number", threads_set_up)
  threads_set_up = threads_set_up + 1
end

local requests = {}
local sent = 0

function init(args)
  local thread_count = tonumber(args[2])
  local index = 0
  for line in io.lines(args[1]) do
    if index % thread_count == number then
      local method, path, body = line:match("^(%S+) (%S+) (.*)$")
      wrk.headers["Content-Type"] = body ~= "" and "application/json" or nil
      table.insert(requests, wrk.format(method, path, nil, body ~= "" and body or nil))
    end
    index = index + 1
  end
end

function request()
  sent = sent % #requests + 1
  return requests[sent]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f, "errors": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
