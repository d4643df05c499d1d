import Foundation

/// Standard output and error.
enum Console {
  /// Whether standard error is a terminal, which can show a line that changes.
  static let isInteractive = isatty(STDERR_FILENO) == 1

  /// A line on standard error.
  static func error(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

  /// Text on standard output, as it is. A reader that has gone away ends the process quietly, as `head` expects.
  static func write(_ text: String) {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    } catch {
      if errno == EPIPE { Foundation.exit(0) }
      Console.error("ragged: error: cannot write to standard output: \(String(cString: strerror(errno)))")
      Foundation.exit(74)
    }
  }

  /// Bytes on standard output, as ``write(_:)-(String)``.
  static func write(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes[...]
    while let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
      let written = Foundation.write(STDOUT_FILENO, start, rest.count)
      if written >= 0 {
        rest = rest.dropFirst(written)
      } else if errno == EPIPE {
        Foundation.exit(0)
      } else if errno != EINTR {
        Console.error("ragged: error: cannot write to standard output: \(String(cString: strerror(errno)))")
        Foundation.exit(74)
      }
    }
  }

  /// A line on standard output.
  static func print(_ line: String = "") { write(line + "\n") }

  /// Columns of a terminal, 80 where that is not known.
  static var width: Int {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// A value as JSON with sorted keys.
  static func print(json value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
  }
}

/// A line on a terminal's standard error that changes while work goes on; nothing elsewhere.
struct LiveLine {
  private var lastUpdate: ContinuousClock.Instant?
  private let isShown: Bool

  init(isShown: Bool = true) { self.isShown = isShown && Console.isInteractive }

  /// Shows a text in place of the one before, at most ten times a second.
  mutating func update(_ text: @autoclosure () -> String) {
    guard isShown else { return }
    let now = ContinuousClock.now
    if let lastUpdate, now - lastUpdate < .milliseconds(100) { return }
    lastUpdate = now
    FileHandle.standardError.write(Data(("\r\u{1B}[2K" + text()).utf8))
  }

  /// Takes the line away.
  mutating func clear() {
    guard lastUpdate != nil else { return }
    lastUpdate = nil
    FileHandle.standardError.write(Data("\r\u{1B}[2K".utf8))
  }
}
