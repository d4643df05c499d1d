import Foundation
import Testing

/// Training where the disk is full.
@Suite struct FullDiskTests {
  private static func workspace() throws -> Workspace {
    let work = try Workspace()
    try work.write("d.csv", Sample.readings(0..<8))
    try work.good("import", "s.sqlite", "d.csv", "-q")
    return work
  }

  @Test func aCheckpointThatDoesNotFitLeavesTheOneBeforeIt() throws {
    let work = try Self.workspace()
    try work.good("train", "s.sqlite", "-m", "lstm(64)", "-e", "1", "-q", "-o", "m", "--no-record")
    let before = try ["m.best.ragged", "m.last.ragged"].map(work.data)
    let names = work.names
    let result = try work.shell(
      "ulimit -f 100; \"$RAGGED\" train s.sqlite --resume m.last.ragged -e 3 -q --no-record")
    #expect(result.status == 74, "\(result.errors)")
    #expect(result.errors.contains(".ragged: cannot write the checkpoint: File too large"), "\(result.errors)")
    #expect(try ["m.best.ragged", "m.last.ragged"].map(work.data) == before)
    #expect(work.names == names)
    // What was left goes on.
    try work.good("train", "s.sqlite", "--resume", "m.last.ragged", "-e", "2", "-q", "--no-record")
  }

  #if os(Linux)
    /// Runs a line of shell with a disk of so many bytes in the folder `tb`, which no other process sees.
    private static func withDisk(_ size: Int, _ work: Workspace, _ line: String) throws -> CommandResult {
      try work.shell(
        "mkdir -p tb; export RAGGED; exec unshare -rm sh -c 'mount -t tmpfs -o size=\(size) tmpfs tb || exit 99; \(line)'"
      )
    }

    static let canMount = (try? withDisk(65536, Workspace(), "true").status) == 0

    @Test(.enabled(if: canMount, "a disk of one's own cannot be mounted here"))
    func aFullDiskUnderTensorBoardEndsNoTraining() throws {
      let work = try Self.workspace()
      // The first figures fit into the disk, which is filled after the first epoch.
      let fill = "(until [ -e m.last.ragged ]; do sleep 0.01; done; cat /dev/zero > tb/rest) 2>/dev/null &"
      let result = try Self.withDisk(
        262_144, work,
        "\(fill) \"$RAGGED\" train s.sqlite -m \"lstm(1)\" -e 200 -o m --tensorboard tb --no-record")
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.contains("finished after 200 epochs"))
      let warnings = result.errors.split(separator: "\n").filter { $0.contains("warning") }
      #expect(warnings.count == 1, "\(warnings.prefix(3))")
      let said = "cannot write: No space left on device; training goes on, and TensorBoard lacks these figures"
      #expect(warnings.first?.contains(said) == true, "\(warnings)")
    }

    @Test(.enabled(if: canMount, "a disk of one's own cannot be mounted here"))
    func aCheckpointOnAFullDiskIs74() throws {
      let work = try Self.workspace()
      let result = try Self.withDisk(
        16_384, work,
        "\"$RAGGED\" train s.sqlite -m \"lstm(64)\" -e 1 -q -o tb/m --no-record; code=$?; ls tb; exit $code")
      #expect(result.status == 74, "\(result.errors)")
      #expect(result.output == "")
      let said = "tb/m.best.ragged: cannot write the checkpoint: No space left on device"
      #expect(result.errors.contains(said), "\(result.errors)")
    }
  #endif
}
