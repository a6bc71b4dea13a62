package foreign;

import static io.grpc.stub.ServerCalls.asyncUnaryCall;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.rpc.Status;
import io.grpc.Codec;
import io.grpc.Compressor;
import io.grpc.CompressorRegistry;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.protobuf.StatusProto;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.DeflaterOutputStream;
import probe.v1.EchoReply;
import probe.v1.EchoRequest;
import probe.v1.FailRequest;
import probe.v1.LargeReply;
import probe.v1.LargeRequest;
import probe.v1.MetadataReply;
import probe.v1.MetadataRequest;
import probe.v1.SlowReply;
import probe.v1.SlowRequest;

/**
 * Serves the probe service with grpc-java. What it is told on stdin and answers on stdout stands in
 * tests/foreign/support/servers.py.
 */
public final class ProbeServer {
    /** The metadata of a call: what came, and what is to be sent with its reply. */
    private static final class CallMetadata {
        final Metadata request;
        final Metadata headers = new Metadata();
        final Metadata trailers = new Metadata();

        CallMetadata(Metadata request) {
            this.request = request;
        }
    }

    private static final Context.Key<CallMetadata> CALL_METADATA = Context.key("metadata");

    private static final class Interceptor implements ServerInterceptor {
        private final String compression;

        Interceptor(String compression) {
            this.compression = compression;
        }

        @Override
        public <Q, R> ServerCall.Listener<Q> interceptCall(ServerCall<Q, R> call, Metadata request, ServerCallHandler<Q, R> next) {
            if (compression != null) {
                call.setCompression(compression);
            }
            CallMetadata metadata = new CallMetadata(request);
            ServerCall<Q, R> adding = new SimpleForwardingServerCall<>(call) {
                @Override
                public void sendHeaders(Metadata headers) {
                    headers.merge(metadata.headers);
                    super.sendHeaders(headers);
                }

                @Override
                public void close(io.grpc.Status status, Metadata trailers) {
                    trailers.merge(metadata.trailers);
                    super.close(status, trailers);
                }
            };
            return Contexts.interceptCall(Context.current().withValue(CALL_METADATA, metadata), adding, request, next);
        }
    }

    /** grpc-java has no deflate of its own. gRPC means zlib's format by it. */
    private static final class Deflate implements Compressor {
        @Override
        public String getMessageEncoding() {
            return "deflate";
        }

        @Override
        public OutputStream compress(OutputStream out) {
            return new DeflaterOutputStream(out);
        }
    }

    private static final class Probe {
        final AtomicLong started = new AtomicLong();
        final AtomicLong finished = new AtomicLong();
        final AtomicLong cancelled = new AtomicLong();
        private final ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        });
        private final String name;

        Probe(String name) {
            this.name = name;
        }

        /** What gRPC's plugin of protoc would generate; without it there is one program less to be had. */
        ServerServiceDefinition bind() {
            return ServerServiceDefinition.builder("probe.v1.Probe")
                .addMethod(unary("Echo", EchoRequest.getDefaultInstance(), EchoReply.getDefaultInstance()), asyncUnaryCall(this::echo))
                .addMethod(unary("Slow", SlowRequest.getDefaultInstance(), SlowReply.getDefaultInstance()), asyncUnaryCall(this::slow))
                .addMethod(unary("Fail", FailRequest.getDefaultInstance(), EchoReply.getDefaultInstance()), asyncUnaryCall(this::fail))
                .addMethod(unary("Large", LargeRequest.getDefaultInstance(), LargeReply.getDefaultInstance()), asyncUnaryCall(this::large))
                .addMethod(unary("Metadata", MetadataRequest.getDefaultInstance(), MetadataReply.getDefaultInstance()),
                    asyncUnaryCall(this::metadata))
                .build();
        }

        private static <Q extends Message, R extends Message> MethodDescriptor<Q, R> unary(String name, Q request, R reply) {
            return MethodDescriptor.<Q, R>newBuilder()
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName(MethodDescriptor.generateFullMethodName("probe.v1.Probe", name))
                .setRequestMarshaller(ProtoUtils.marshaller(request))
                .setResponseMarshaller(ProtoUtils.marshaller(reply))
                .build();
        }

        private static <T> void answer(StreamObserver<T> observer, T reply) {
            observer.onNext(reply);
            observer.onCompleted();
        }

        private void echo(EchoRequest request, StreamObserver<EchoReply> observer) {
            answer(observer, EchoReply.newBuilder().setRequest(request).setServer(name).build());
        }

        private void slow(SlowRequest request, StreamObserver<SlowReply> observer) {
            started.incrementAndGet();
            Future<?> timer = timers.schedule(() -> {
                finished.incrementAndGet();
                answer(observer, SlowReply.newBuilder().setServer(name).build());
            }, request.getMs(), TimeUnit.MILLISECONDS);
            ((ServerCallStreamObserver<SlowReply>) observer).setOnCancelHandler(() -> {
                if (timer.cancel(false)) {
                    cancelled.incrementAndGet();
                }
            });
        }

        private void fail(FailRequest request, StreamObserver<EchoReply> observer) {
            if (request.getDetailsCount() == 0) {
                observer.onError(io.grpc.Status.fromCodeValue(request.getCode())
                    .withDescription(request.getMessage()).asRuntimeException());
                return;
            }
            observer.onError(StatusProto.toStatusRuntimeException(Status.newBuilder()
                .setCode(request.getCode()).setMessage(request.getMessage())
                .addAllDetails(request.getDetailsList()).build()));
        }

        private void large(LargeRequest request, StreamObserver<LargeReply> observer) {
            String letters = "abcdefghijklmnopqrstuvwxyz";
            String text = letters.repeat(request.getBytes() / letters.length() + 1).substring(0, request.getBytes());
            answer(observer, LargeReply.newBuilder().setText(text).build());
        }

        private static Metadata.Key<String> text(String name) {
            return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
        }

        private static Metadata.Key<byte[]> binary(String name) {
            return Metadata.Key.of(name, Metadata.BINARY_BYTE_MARSHALLER);
        }

        private void metadata(MetadataRequest request, StreamObserver<MetadataReply> observer) {
            CallMetadata metadata = CALL_METADATA.get();
            metadata.headers.put(text("x-header"), request.getHeader());
            metadata.headers.put(binary("x-header-bin"), request.getHeaderBin().toByteArray());
            metadata.trailers.put(text("x-trailer"), request.getTrailer());
            metadata.trailers.put(binary("x-trailer-bin"), request.getTrailerBin().toByteArray());
            MetadataReply.Builder reply = MetadataReply.newBuilder();
            for (String name : metadata.request.keys()) {
                if (name.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
                    for (byte[] value : metadata.request.getAll(binary(name))) {
                        reply.addEntriesBuilder().setKey(name).setValue(ByteString.copyFrom(value));
                    }
                } else {
                    for (String value : metadata.request.getAll(text(name))) {
                        reply.addEntriesBuilder().setKey(name).setValue(ByteString.copyFromUtf8(value));
                    }
                }
            }
            answer(observer, reply.build());
        }
    }

    private static NettyServerBuilder builder(int port, Map<String, String> flags) {
        CompressorRegistry compressors = CompressorRegistry.newEmptyInstance();
        compressors.register(new Codec.Gzip());
        compressors.register(new Deflate());
        NettyServerBuilder builder = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", port))
            .compressorRegistry(compressors)
            .intercept(new Interceptor(flags.get("compression")));
        if (flags.containsKey("max-streams")) {
            builder.maxConcurrentCallsPerConnection(Integer.parseInt(flags.get("max-streams")));
        }
        if (flags.containsKey("max-age-ms")) {
            builder.maxConnectionAge(Long.parseLong(flags.get("max-age-ms")), TimeUnit.MILLISECONDS)
                .maxConnectionAgeGrace(5, TimeUnit.SECONDS);
        }
        return builder;
    }

    /** Netty and the stubs are loaded and warm before the first `listen`, as JVMs start slowly. */
    private static void warm(Probe probe, HealthStatusManager health) throws Exception {
        builder(0, Map.of()).addService(probe.bind()).addService(health.getHealthService()).build().start().shutdownNow().awaitTermination();
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, String> flags = new HashMap<>();
        for (String argument : arguments) {
            String[] parts = argument.substring(2).split("=", 2);
            flags.put(parts[0], parts[1]);
        }
        Probe probe = new Probe(flags.getOrDefault("name", "java"));
        HealthStatusManager health = new HealthStatusManager();
        warm(probe, health);
        Server server = null;
        System.out.println("ready");
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "listen" -> {
                    server = builder(Integer.parseInt(words[1]), flags).addService(probe.bind())
                        .addService(health.getHealthService()).build().start();
                    System.out.println("listening " + server.getPort());
                }
                case "health" -> {
                    health.setStatus("", ServingStatus.valueOf(words[1]));
                    System.out.println("ok");
                }
                case "calls" ->
                    System.out.println("calls " + probe.started + " " + probe.finished + " " + probe.cancelled);
                case "stop" -> {
                    server.shutdown().awaitTermination();
                    System.exit(0);
                }
                default -> throw new IllegalArgumentException(line);
            }
        }
        System.exit(0);
    }
}
