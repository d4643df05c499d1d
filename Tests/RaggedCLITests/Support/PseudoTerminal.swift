import Foundation
import Testing

/// Runs the command with both outputs on a terminal, and takes what it shows there.
enum PseudoTerminal {
  /// - Parameters:
  ///   - columns: the width that the terminal reports.
  ///   - signal: sent when the text `after` has been shown.
  static func run(
    _ arguments: [String], in work: Workspace, columns: UInt16, environment: [String: String] = [:],
    signal: (number: Int32, after: String)? = nil
  ) throws -> (status: Int32, shown: String) {
    let (master, slave) = try pair()
    defer { close(master) }
    var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    try #require(ioctl(slave, UInt(TIOCSWINSZ), &size) == 0)

    let command = try #require(BuiltCommand.url)
    let process = Process()
    process.executableURL = command
    process.arguments = arguments
    process.currentDirectoryURL = work.url
    process.environment = ["TERM": "xterm", "PATH": "/usr/bin:/bin"].merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    let terminal = FileHandle(fileDescriptor: slave, closeOnDealloc: false)
    process.standardOutput = terminal
    process.standardError = terminal
    try process.run()
    close(slave)
    var (shown, buffer, signal) = (Data(), [UInt8](repeating: 0, count: 4096), signal)
    // The end of the last process that writes is an error here.
    while true {
      let count = read(master, &buffer, buffer.count)
      guard count > 0 else { break }
      shown.append(contentsOf: buffer[..<count])
      if let wanted = signal, String(decoding: shown, as: UTF8.self).contains(wanted.after) {
        kill(process.processIdentifier, wanted.number)
        signal = nil
      }
    }
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: shown, as: UTF8.self).replacing("\r\n", with: "\n"))
  }

  /// Both ends of a new terminal.
  private static func pair() throws -> (master: Int32, slave: Int32) {
    #if canImport(Darwin)
      let master = posix_openpt(O_RDWR | O_NOCTTY)
      try #require(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0)
      let name = try #require(ptsname(master).map { String(cString: $0) })
    #else
      let master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
      // The requests TIOCSPTLCK and TIOCGPTN, which have no names here.
      var (lock, number) = (Int32(0), Int32(0))
      let isReady = ioctl(master, 0x4004_5431, &lock) == 0 && ioctl(master, 0x8004_5430, &number) == 0
      try #require(master >= 0 && isReady)
      let name = "/dev/pts/\(number)"
    #endif
    let slave = open(name, O_RDWR | O_NOCTTY)
    try #require(slave >= 0)
    return (master, slave)
  }

  /// What stands on the terminal at the end: without styles, and without lines that were taken away.
  static func plain(_ shown: String) -> [String] {
    shown.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let rest = line.split(separator: "\r\u{1B}[2K", omittingEmptySubsequences: false).last ?? ""
      return String(rest).replacing(#/\u{1B}\[[0-9;]*m/#, with: "")
    }
  }
}
