// Serves the probe service with grpc-go. What it is told on stdin and answers on stdout stands in tests/foreign/support/servers.py.
package main

import (
	"bufio"
	"compress/zlib"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	statuspb "google.golang.org/genproto/googleapis/rpc/status"

	probe "foreign/probe"
)

// grpc-go has no deflate of its own. gRPC means zlib's format by it.
type deflate struct{}

func (deflate) Name() string                                 { return "deflate" }
func (deflate) Compress(w io.Writer) (io.WriteCloser, error) { return zlib.NewWriter(w), nil }
func (deflate) Decompress(r io.Reader) (io.Reader, error)    { return zlib.NewReader(r) }

type server struct {
	probe.UnimplementedProbeServer
	name                         string
	started, finished, cancelled atomic.Int64
}

func (s *server) Echo(_ context.Context, request *probe.EchoRequest) (*probe.EchoReply, error) {
	return &probe.EchoReply{Request: request, Server: s.name}, nil
}

func (s *server) Slow(ctx context.Context, request *probe.SlowRequest) (*probe.SlowReply, error) {
	s.started.Add(1)
	select {
	case <-time.After(time.Duration(request.Ms) * time.Millisecond):
		s.finished.Add(1)
		return &probe.SlowReply{Server: s.name}, nil
	case <-ctx.Done():
		s.cancelled.Add(1)
		return nil, status.FromContextError(ctx.Err()).Err()
	}
}

func (s *server) Fail(_ context.Context, request *probe.FailRequest) (*probe.EchoReply, error) {
	return nil, status.ErrorProto(&statuspb.Status{Code: request.Code, Message: request.Message, Details: request.Details})
}

func (s *server) Large(_ context.Context, request *probe.LargeRequest) (*probe.LargeReply, error) {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	count := int(request.Bytes)
	return &probe.LargeReply{Text: strings.Repeat(letters, count/len(letters)+1)[:count]}, nil
}

func (s *server) Metadata(ctx context.Context, request *probe.MetadataRequest) (*probe.MetadataReply, error) {
	grpc.SetHeader(ctx, metadata.Pairs("x-header", request.Header, "x-header-bin", string(request.HeaderBin)))
	grpc.SetTrailer(ctx, metadata.Pairs("x-trailer", request.Trailer, "x-trailer-bin", string(request.TrailerBin)))
	reply := &probe.MetadataReply{}
	fields, _ := metadata.FromIncomingContext(ctx)
	for key, values := range fields {
		for _, value := range values {
			reply.Entries = append(reply.Entries, &probe.MetadataReply_Entry{Key: key, Value: []byte(value)})
		}
	}
	return reply, nil
}

// compressing is for all replies, those of the health service included.
func compressing(name string) []grpc.ServerOption {
	set := func(ctx context.Context) error {
		if err := grpc.SetSendCompressor(ctx, name); err != nil {
			return status.Error(codes.Internal, err.Error())
		}
		return nil
	}
	unary := func(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		if err := set(ctx); err != nil {
			return nil, err
		}
		return handler(ctx, request)
	}
	stream := func(server any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
		if err := set(stream.Context()); err != nil {
			return err
		}
		return handler(server, stream)
	}
	return []grpc.ServerOption{grpc.UnaryInterceptor(unary), grpc.StreamInterceptor(stream)}
}

func main() {
	name := flag.String("name", "go", "")
	maxStreams := flag.Int("max-streams", 0, "")
	maxAge := flag.Int("max-age-ms", 0, "")
	compression := flag.String("compression", "", "")
	flag.Parse()

	encoding.RegisterCompressor(deflate{})
	var options []grpc.ServerOption
	if *maxStreams > 0 {
		options = append(options, grpc.MaxConcurrentStreams(uint32(*maxStreams)))
	}
	if *maxAge > 0 {
		options = append(options, grpc.KeepaliveParams(keepalive.ServerParameters{
			MaxConnectionAge:      time.Duration(*maxAge) * time.Millisecond,
			MaxConnectionAgeGrace: 5 * time.Second,
		}))
	}
	if *compression != "" {
		options = append(options, compressing(*compression)...)
	}
	options = append(options, grpc.MaxSendMsgSize(64<<20))

	grpcServer := grpc.NewServer(options...)
	probeServer := &server{name: *name}
	probe.RegisterProbeServer(grpcServer, probeServer)
	healthServer := health.NewServer()
	healthpb.RegisterHealthServer(grpcServer, healthServer)

	fmt.Println("ready")
	commands := bufio.NewScanner(os.Stdin)
	for commands.Scan() {
		words := strings.Fields(commands.Text())
		switch words[0] {
		case "listen":
			listener, err := net.Listen("tcp", "127.0.0.1:"+words[1])
			if err != nil {
				panic(err)
			}
			go grpcServer.Serve(listener)
			fmt.Println("listening", listener.Addr().(*net.TCPAddr).Port)
		case "health":
			healthServer.SetServingStatus("", healthpb.HealthCheckResponse_ServingStatus(
				healthpb.HealthCheckResponse_ServingStatus_value[words[1]]))
			fmt.Println("ok")
		case "calls":
			fmt.Println("calls", probeServer.started.Load(), probeServer.finished.Load(), probeServer.cancelled.Load())
		case "stop":
			grpcServer.GracefulStop()
			return
		}
	}
}
