// The stubs, by the protoc and the folders of .proto files that the driver names.
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folders: Vec<String> = std::env::var("PROTO_PATH")?.split(':').map(String::from).collect();
    println!("cargo:rerun-if-env-changed=PROTO_PATH");
    println!("cargo:rerun-if-changed={}/probe.proto", folders[0]);
    tonic_prost_build::configure().build_client(false).compile_protos(&["probe.proto".into()], &folders)?;
    Ok(())
}
