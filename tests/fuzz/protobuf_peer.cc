#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver_util.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "tests/fuzz/specimen.pb.h"

extern "C" {
#include "tests/fuzz/protobuf_peer.h"
}

namespace
{

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::Reflection;
namespace util = google::protobuf::util;

constexpr char kUrlPrefix[] = "type.googleapis.com";

// The specimen's types as protobuf sees them, made once.
class Peer
{
  public:
    static Peer &Get()
    {
        static Peer *peer = new Peer;
        return *peer;
    }

    std::unique_ptr<Message> Make(const std::string &type)
    {
        const Descriptor *descriptor = DescriptorPool::generated_pool()->FindMessageTypeByName(type);
        if (!descriptor)
            return nullptr;
        return std::unique_ptr<Message>(MessageFactory::generated_factory()->GetPrototype(descriptor)->New());
    }

    util::TypeResolver *resolver()
    {
        return resolver_.get();
    }

    const char *Keep(const std::string &reason)
    {
        reason_ = reason;
        return reason_.c_str();
    }

  private:
    Peer()
    {
        fuzz::Specimen::default_instance(); // so that its file is linked
        resolver_.reset(util::NewTypeResolverForDescriptorPool(kUrlPrefix, DescriptorPool::generated_pool()));
    }

    std::unique_ptr<util::TypeResolver> resolver_;
    std::string reason_;
};

std::string Serialise(const Message &message)
{
    std::string bytes;
    {
        google::protobuf::io::StringOutputStream stream(&bytes);
        google::protobuf::io::CodedOutputStream coded(&stream);
        coded.SetSerializationDeterministic(true);
        message.SerializePartialToCodedStream(&coded);
    }
    return bytes;
}

template <typename Number> Number Plain(Number number)
{
    return std::isnan(number) ? std::numeric_limits<Number>::quiet_NaN() : number == 0 ? Number{0} : number;
}

bool IsNullValue(const FieldDescriptor *field)
{
    return field->enum_type() && field->enum_type()->full_name() == "google.protobuf.NullValue";
}

void NormaliseMessage(Message *message);

void NormaliseAny(Message *any)
{
    const Reflection *reflection = any->GetReflection();
    const FieldDescriptor *url_field = any->GetDescriptor()->FindFieldByNumber(1);
    const FieldDescriptor *value_field = any->GetDescriptor()->FindFieldByNumber(2);
    std::string url = reflection->GetString(*any, url_field);
    std::unique_ptr<Message> inner = Peer::Get().Make(url.substr(url.rfind('/') + 1));
    if (!inner || !inner->ParsePartialFromString(reflection->GetString(*any, value_field)))
        return;
    NormaliseMessage(inner.get());
    reflection->SetString(any, value_field, Serialise(*inner));
}

// Of a path, what does not depend on how capitals at the beginning of a word are converted.
void NormaliseFieldMask(Message *mask)
{
    const Reflection *reflection = mask->GetReflection();
    const FieldDescriptor *paths = mask->GetDescriptor()->FindFieldByNumber(1);
    for (int i = 0; i < reflection->FieldSize(*mask, paths); i++) {
        std::string path = reflection->GetRepeatedString(*mask, paths, i);
        path.erase(std::remove(path.begin(), path.end(), '_'), path.end());
        reflection->SetRepeatedString(mask, paths, i, path);
    }
}

void NormaliseField(Message *message, const FieldDescriptor *field)
{
    const Reflection *reflection = message->GetReflection();
    int count = field->is_repeated() ? reflection->FieldSize(*message, field) : 1;
    for (int i = 0; i < count; i++) {
        if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE)
            NormaliseMessage(field->is_repeated() ? reflection->MutableRepeatedMessage(message, field, i)
                                                  : reflection->MutableMessage(message, field));
        else if (field->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE && field->is_repeated())
            reflection->SetRepeatedDouble(message, field, i, Plain(reflection->GetRepeatedDouble(*message, field, i)));
        else if (field->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE)
            reflection->SetDouble(message, field, Plain(reflection->GetDouble(*message, field)));
        else if (field->cpp_type() == FieldDescriptor::CPPTYPE_FLOAT && field->is_repeated())
            reflection->SetRepeatedFloat(message, field, i, Plain(reflection->GetRepeatedFloat(*message, field, i)));
        else if (field->cpp_type() == FieldDescriptor::CPPTYPE_FLOAT)
            reflection->SetFloat(message, field, Plain(reflection->GetFloat(*message, field)));
        else if (IsNullValue(field) && !field->is_repeated())
            reflection->SetEnumValue(message, field, 0);
    }
}

void NormaliseMessage(Message *message)
{
    std::vector<const FieldDescriptor *> fields;
    message->GetReflection()->ListFields(*message, &fields);
    for (const FieldDescriptor *field : fields)
        NormaliseField(message, field);
    if (message->GetDescriptor()->full_name() == "google.protobuf.Any")
        NormaliseAny(message);
    if (message->GetDescriptor()->full_name() == "google.protobuf.FieldMask")
        NormaliseFieldMask(message);
    message->DiscardUnknownFields();
}

std::string TypeUrl(const char *type)
{
    return std::string(kUrlPrefix) + "/" + type;
}

bool Append(const std::string &bytes, struct buf *out)
{
    return buf_append(out, view_make(bytes.data(), bytes.size()));
}

std::string Copy(struct view bytes)
{
    return bytes.len ? std::string(bytes.data, bytes.len) : std::string();
}

} // namespace

bool protobuf_peer_normalise(const char *type, struct view binary, struct buf *out, const char **ret_reason)
{
    std::unique_ptr<Message> message = Peer::Get().Make(type);
    if (!message->ParseFromString(Copy(binary))) {
        *ret_reason = Peer::Get().Keep("cannot be parsed");
        return false;
    }
    NormaliseMessage(message.get());
    return Append(Serialise(*message), out);
}

bool protobuf_peer_read_json(const char *type, struct view json, struct buf *out, const char **ret_reason)
{
    std::string binary;
    auto status = util::JsonToBinaryString(Peer::Get().resolver(), TypeUrl(type), Copy(json), &binary);
    if (!status.ok()) {
        *ret_reason = Peer::Get().Keep(std::string(status.message()));
        return false;
    }
    return protobuf_peer_normalise(type, view_make(binary.data(), binary.size()), out, ret_reason);
}

bool protobuf_peer_print_json(const char *type, struct view binary, struct buf *out, const char **ret_reason)
{
    std::string json;
    auto status = util::BinaryToJsonString(Peer::Get().resolver(), TypeUrl(type), Copy(binary), &json);
    if (!status.ok()) {
        *ret_reason = Peer::Get().Keep(std::string(status.message()));
        return false;
    }
    return Append(json, out);
}
