// Speed of the codec: JSON to wire bytes and back, against libprotobuf (generated messages) doing the same, and against cJSON
// parsing or printing alone, in one process on the same documents.
//
//     bazel run --config=opt //bench:codec -- [--documents=DIR] [--milliseconds=N] [--only=NAME]
//
// Each figure is the best of several rounds, in which all take turns. MB/s are megabytes of compact JSON text per second. Before
// anything is measured, what the two transcoders make is compared. The last line is one JSON object for machines.

#include <cjson/cJSON.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "bench/messages.pb.h"
#include "soundcheck/v1/tracks.pb.h"

extern "C" {
#include "codec/schema/schema.h"
#include "codec/transcode/transcode.h"
}

using google::protobuf::Message;
namespace util = google::protobuf::util;

// Counts what the program takes from the heap.
static size_t allocations;
extern "C" void *__libc_malloc(size_t);
extern "C" void *__libc_realloc(void *, size_t);
extern "C" void *__libc_calloc(size_t, size_t);
extern "C" void *calloc(size_t count, size_t size)
{
    allocations++;
    return __libc_calloc(count, size);
}
extern "C" void *malloc(size_t bytes)
{
    allocations++;
    return __libc_malloc(bytes);
}
extern "C" void *realloc(void *memory, size_t bytes)
{
    allocations++;
    return __libc_realloc(memory, bytes);
}

namespace
{

struct Document {
    std::string name;
    std::string type;
    std::unique_ptr<Message> prototype;
    std::string json;   // compact, as our codec prints it
    std::string binary; // as our codec writes it
};

struct Figures {
    double ours = 0, protobuf = 0, cjson = 0;
    size_t allocations = 0;
};

[[noreturn]] void Fail(const std::string &text)
{
    fprintf(stderr, "codec: %s\n", text.c_str());
    exit(1);
}

std::string ReadFile(const std::string &path)
{
    std::ifstream file(path, std::ios::binary);
    if (!file)
        Fail(path + ": cannot be read");
    std::stringstream content;
    content << file.rdbuf();
    return content.str();
}

class Codec
{
  public:
    explicit Codec(const std::string &descriptors)
    {
        struct status st;
        std::string bytes = ReadFile(descriptors);
        if (!schema_load({bytes.data(), bytes.size()}, &schema_, &st))
            Fail(st.message);
        buf_init(&out_, size_t{1} << 30);
        options_.schema = schema_;
    }

    ~Codec()
    {
        buf_free(&out_);
        schema_destroy(schema_);
    }

    const schema_message *Find(const std::string &type) const
    {
        const schema_message *message = schema_find_message(schema_, {type.data(), type.size()});
        if (!message)
            Fail(type + ": not in the descriptor set");
        return message;
    }

    struct view ToBinary(const schema_message *message, const std::string &json)
    {
        struct status st;
        buf_clear(&out_);
        if (!transcode_json_to_binary(message, nullptr, {json.data(), json.size()}, &options_, &out_, &st))
            Fail(st.message);
        return buf_view(&out_);
    }

    struct view ToJson(const schema_message *message, const std::string &binary)
    {
        struct status st;
        buf_clear(&out_);
        if (!transcode_binary_to_json(message, nullptr, {binary.data(), binary.size()}, &options_, &out_, &st))
            Fail(st.message);
        return buf_view(&out_);
    }

  private:
    struct schema *schema_ = nullptr;
    struct buf out_;
    struct transcode_options options_ = {};
};

std::string Text(struct view view)
{
    return std::string(view.data, view.len);
}

double Seconds()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Seconds that one call takes: the best of the batches that fit into this many milliseconds. They are shorter than what the scheduler
// gives at a time, so that some are whole on a busy machine too.
double Time(double milliseconds, const std::function<void(size_t)> &run)
{
    const double batch_seconds = 0.001;
    size_t times = 1;
    double best = 1e9, used = 0;
    while (used * 1000 < milliseconds) {
        double begin = Seconds();
        run(times);
        double taken = Seconds() - begin;
        used += taken;
        best = std::min(best, taken / static_cast<double>(times));
        if (taken < batch_seconds / 2)
            times *= 2;
    }
    return best;
}

// The best of several rounds for each runner, in MB/s of `bytes`.
std::vector<double> Race(size_t bytes, double milliseconds, const std::vector<std::function<void(size_t)>> &runners)
{
    std::vector<double> best(runners.size(), 1e9);
    for (int round = 0; round < 5; round++)
        for (size_t i = 0; i < runners.size(); i++)
            best[i] = std::min(best[i], Time(milliseconds, runners[i]));
    for (double &seconds : best)
        seconds = static_cast<double>(bytes) / seconds / 1e6;
    return best;
}

Figures RaceToBinary(Codec &codec, const Document &document, double milliseconds)
{
    const schema_message *message = codec.Find(document.type);
    std::unique_ptr<Message> parsed(document.prototype->New());
    std::string serialized;
    auto ours = [&](size_t times) {
        while (times--)
            codec.ToBinary(message, document.json);
    };
    auto protobuf = [&](size_t times) {
        while (times--) {
            parsed->Clear();
            if (!util::JsonStringToMessage(document.json, parsed.get()).ok() || !parsed->SerializeToString(&serialized))
                Fail(document.name + ": protobuf refuses it");
        }
    };
    auto cjson = [&](size_t times) {
        while (times--)
            cJSON_Delete(cJSON_ParseWithLength(document.json.data(), document.json.size()));
    };
    ours(1);
    size_t before = allocations;
    ours(1);
    Figures figures;
    figures.allocations = allocations - before;
    std::vector<double> rates = Race(document.json.size(), milliseconds, {ours, protobuf, cjson});
    figures.ours = rates[0], figures.protobuf = rates[1], figures.cjson = rates[2];
    return figures;
}

Figures RaceToJson(Codec &codec, const Document &document, double milliseconds)
{
    const schema_message *message = codec.Find(document.type);
    std::unique_ptr<Message> parsed(document.prototype->New());
    std::string printed;
    cJSON *tree = cJSON_ParseWithLength(document.json.data(), document.json.size());
    auto ours = [&](size_t times) {
        while (times--)
            codec.ToJson(message, document.binary);
    };
    auto protobuf = [&](size_t times) {
        while (times--) {
            printed.clear();
            if (!parsed->ParseFromString(document.binary) || !util::MessageToJsonString(*parsed, &printed).ok())
                Fail(document.name + ": protobuf refuses it");
        }
    };
    auto cjson = [&](size_t times) {
        while (times--)
            cJSON_free(cJSON_PrintUnformatted(tree));
    };
    ours(1);
    size_t before = allocations;
    ours(1);
    Figures figures;
    figures.allocations = allocations - before;
    std::vector<double> rates = Race(document.json.size(), milliseconds, {ours, protobuf, cjson});
    figures.ours = rates[0], figures.protobuf = rates[1], figures.cjson = rates[2];
    cJSON_Delete(tree);
    return figures;
}

// Both transcoders must make the same message of the JSON, and read each other's output as it.
void CheckAgreement(Codec &codec, const Document &document)
{
    std::unique_ptr<Message> theirs(document.prototype->New()), ours(document.prototype->New());
    if (!util::JsonStringToMessage(document.json, theirs.get()).ok())
        Fail(document.name + ": protobuf refuses the JSON");
    if (!ours->ParseFromString(document.binary) || !util::MessageDifferencer::Equals(*ours, *theirs))
        Fail(document.name + ": the binaries differ");
    std::string their_binary = theirs->SerializeAsString();
    std::string our_json = Text(codec.ToJson(codec.Find(document.type), their_binary));
    if (!util::JsonStringToMessage(our_json, ours.get()).ok() || !util::MessageDifferencer::Equals(*ours, *theirs))
        Fail(document.name + ": the JSON differs");
}

Document Make(Codec &codec, const std::string &name, const Message &prototype, const std::string &json)
{
    Document document;
    document.name = name;
    document.type = prototype.GetTypeName();
    document.prototype.reset(prototype.New());
    const schema_message *message = codec.Find(document.type);
    document.binary = Text(codec.ToBinary(message, json));
    document.json = Text(codec.ToJson(message, document.binary));
    return document;
}

std::string NumbersJson()
{
    std::mt19937_64 random(1);
    bench::Numbers numbers;
    for (int i = 0; i < 2000; i++) {
        numbers.add_doubles(i % 2 ? std::ldexp(static_cast<double>(random()), -40)
                                  : static_cast<double>(random() % 100000) / 100);
        numbers.add_int32s(static_cast<int32_t>(random()) >> (random() % 24));
        numbers.add_int64s(static_cast<int64_t>(random()) >> (random() % 48));
        numbers.add_fixed32s(static_cast<uint32_t>(random()));
        numbers.add_floats(static_cast<float>(random() % 1000000) / 1000);
    }
    std::string json;
    if (!util::MessageToJsonString(numbers, &json).ok())
        Fail("numbers");
    return json;
}

std::string PointsJson()
{
    std::string json = "{\"points\":[";
    for (int i = 0; i < 2000; i++)
        json += (i ? ",{\"x\":" : "{\"x\":") + std::to_string(i) + ",\"y\":" + std::to_string(i * 37 % 1009) +
                ",\"label\":\"p" + std::to_string(i) + "\"}";
    return json + "]}";
}

std::string ManyKeysJson()
{
    std::string json = "{";
    for (int i = 0; i < 50000; i++)
        json += (i ? ",\"key-" : "\"key-") + std::to_string(i * 7919 % 1000003) + "\":\"v" + std::to_string(i) + "\"";
    return json + "}";
}

// Objects in objects as deep as a Struct may be (three messages a level), a megabyte of text on the way.
std::string NestedJson()
{
    std::string json;
    const int levels = 32;
    for (int i = 0; i < levels; i++)
        json += "{\"text\":\"" + std::string(1000000 / levels, 'x') + "\",\"inner\":";
    return json + "0" + std::string(levels, '}');
}

std::vector<Document> MakeDocuments(Codec &codec, const std::string &directory)
{
    std::vector<Document> documents;
    const soundcheck::v1::Track track;
    for (const char *name : {"track_small", "track_medium", "track_large"})
        documents.push_back(Make(codec, name, track, ReadFile(directory + "/" + name + ".json")));
    documents.push_back(Make(codec, "numbers", bench::Numbers(), NumbersJson()));
    documents.push_back(Make(codec, "small_messages", bench::Points(), PointsJson()));
    documents.push_back(Make(codec, "struct_50000_keys", google::protobuf::Struct(), ManyKeysJson()));
    documents.push_back(Make(codec, "struct_nested", google::protobuf::Struct(), NestedJson()));
    return documents;
}

void PrintTable(const char *title, const std::vector<Document> &documents,
                const std::map<std::string, Figures> &figures)
{
    printf("\n%-20s %10s %10s %10s %10s %8s %8s %6s\n", title, "bytes", "ours", "protobuf", "cJSON", "x prot.",
           "x cJSON", "alloc");
    for (const Document &document : documents) {
        auto found = figures.find(document.name);
        if (found == figures.end())
            continue;
        const Figures &f = found->second;
        printf("%-20s %10zu %10.0f %10.0f %10.0f %8.1f %8.1f %6zu\n", document.name.c_str(), document.json.size(),
               f.ours, f.protobuf, f.cjson, f.ours / f.protobuf, f.ours / f.cjson, f.allocations);
    }
}

std::string FiguresJson(const std::map<std::string, Figures> &figures)
{
    std::string json = "{";
    for (const auto &[name, f] : figures) {
        char text[256];
        snprintf(text, sizeof(text),
                 "%s\"%s\": {\"ours\": %.1f, \"protobuf\": %.1f, \"cjson\": %.1f, \"allocations\": %zu}",
                 json.size() > 1 ? ", " : "", name.c_str(), f.ours, f.protobuf, f.cjson, f.allocations);
        json += text;
    }
    return json + "}";
}

} // namespace

int main(int argc, char **argv)
{
    std::string directory = "bench/data", descriptors = "bench/codec_descriptors.binpb", only;
    double milliseconds = 60;
    for (int i = 1; i < argc; i++) {
        std::string argument = argv[i];
        std::string value = argument.substr(std::min(argument.size(), argument.find('=') + 1));
        if (argument.rfind("--documents=", 0) == 0)
            directory = value;
        else if (argument.rfind("--descriptors=", 0) == 0)
            descriptors = value;
        else if (argument.rfind("--milliseconds=", 0) == 0)
            milliseconds = std::stod(value);
        else if (argument.rfind("--only=", 0) == 0)
            only = value;
        else
            Fail(argument + ": expected --documents=DIR, --descriptors=FILE, --milliseconds=N or --only=NAME");
    }
    Codec codec(descriptors);
    std::vector<Document> documents = MakeDocuments(codec, directory);
    std::map<std::string, Figures> to_binary, to_json;
    for (const Document &document : documents) {
        if (!only.empty() && document.name != only)
            continue;
        CheckAgreement(codec, document);
        to_binary[document.name] = RaceToBinary(codec, document, milliseconds);
        to_json[document.name] = RaceToJson(codec, document, milliseconds);
    }
    PrintTable("JSON to binary, MB/s", documents, to_binary);
    PrintTable("binary to JSON, MB/s", documents, to_json);
    printf("\n{\"json_to_binary\": %s, \"binary_to_json\": %s}\n", FiguresJson(to_binary).c_str(),
           FiguresJson(to_json).c_str());
    return 0;
}
