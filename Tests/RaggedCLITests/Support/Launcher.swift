import Foundation
import Testing

/// `mpirun`, where it is installed and there is a command that was built for it.
enum Launcher {
  /// The command built with the trait MPI: that of `RAGGED_MPI_BINARY`, or the one beside the tests where these were built with
  /// the trait.
  static let command: URL? = {
    if let path = ProcessInfo.processInfo.environment["RAGGED_MPI_BINARY"] { return URL(filePath: path) }
    #if MPI
      return BuiltCommand.url
    #else
      return nil
    #endif
  }()

  static let mpirun: URL? = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").lazy
    .map { URL(filePath: String($0)).appending(path: "mpirun") }
    .first { FileManager.default.isExecutableFile(atPath: $0.path) }

  static var isThere: Bool { command != nil && mpirun != nil }

  /// Open MPI's leave to use more ranks than cores, and to do so as root.
  fileprivate static let settings = [
    "OMPI_MCA_rmaps_base_oversubscribe=true", "OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1",
    // Seconds for a checkpoint, which mpirun waits at every end that is none of its own.
    "OMPI_MCA_odls_base_sigkill_timeout=3",
  ]
}

extension Workspace {
  /// Starts ranks of the command. Each leaves its process's number in `process.RANK`.
  /// - Parameter arguments: `RANK` in them is the rank's number.
  func startRanks(_ count: Int, _ arguments: [String]) throws -> RunningCommand {
    let command = try #require(Launcher.command).path
    try write(
      "rank.sh",
      """
      #!/bin/sh
      rank=${OMPI_COMM_WORLD_RANK:-$PMI_RANK}
      echo $$ > process.$rank
      for word in "$@"; do shift; set -- "$@" "$(printf %s "$word" | sed "s/RANK/$rank/")"; done
      exec '\(command)' "$@"
      """)
    return try RunningCommand(
      URL(filePath: "/usr/bin/env"),
      Launcher.settings + [try #require(Launcher.mpirun).path, "-n", "\(count)", "/bin/sh", "rank.sh"] + arguments,
      in: url)
  }

  /// Runs ranks to their end.
  @discardableResult
  func ranks(_ count: Int, _ arguments: String...) throws -> CommandResult {
    try startRanks(count, arguments).result()
  }

  /// Waits for the number of a rank's process.
  func process(ofRank rank: Int) throws -> Int32 {
    for _ in 0..<2000 {
      if let text = try? text("process.\(rank)"), let id = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)) {
        return id
      }
      usleep(5000)
    }
    throw CocoaError(.fileNoSuchFile)
  }
}
