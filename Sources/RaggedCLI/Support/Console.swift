import Foundation
import Ragged
import Synchronization

enum Console {
  enum Verbosity {
    case quiet, normal, verbose, debug
  }

  /// What the command line asks for.
  struct Settings {
    var verbosity = Verbosity.normal
    var color = ConsoleArguments.Color.auto
  }

  private static let current = Mutex(Settings())

  /// What the command line asks for; set once, before the command runs.
  static var settings: Settings {
    get { current.withLock { $0 } }
    set { current.withLock { $0 = newValue } }
  }

  /// Whether only errors and results are wanted.
  static var isQuiet: Bool { settings.verbosity == .quiet }

  /// Whether standard error is a terminal, which can show a line that changes; of several ranks the first has it.
  static let isInteractive = Ranks.isFirst && Terminal.isCapable(STDERR_FILENO)

  /// Characters of a line on standard error: a file from elsewhere may have names of any length.
  private static let longestLine = 4000

  /// Lines on standard error, in place of one that shows progress. Names in it cannot move the cursor.
  ///
  /// Of several ranks the first says what there is to say; -v has the others speak too, by their names.
  static func error(_ text: String) {
    guard Ranks.isFirst || settings.verbosity == .verbose || settings.verbosity == .debug else { return }
    report(Ranks.prefix, text)
  }

  /// What ends a command: `ragged: error: ` and a sentence, behind the rank's name on another than the first.
  static func fail(_ message: String) {
    report("ragged: \(Style.bad.text("error:", on: STDERR_FILENO)) \(Ranks.prefix)", message)
  }

  private static func report(_ start: String, _ text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      String(line.utf8.count > longestLine ? line.prefix(longestLine) + "…" : line).printable
    }
    show(LiveLine.erasure() + start + lines.joined(separator: "\n") + "\n")
  }

  /// A line on standard error with a command to copy, whole however long it is; the command quotes what could move the
  /// cursor itself.
  static func error(_ text: String, command: String) {
    guard Ranks.isFirst else { return }
    show(LiveLine.erasure() + text.printable + command + "\n")
  }

  /// Bytes on standard error. Where they cannot be written, as on a terminal that has gone away, work goes on without.
  static func show(_ text: String) {
    var text = text
    text.withUTF8 { _ = UnsafeRawBufferPointer($0).writeAll(to: STDERR_FILENO) }
  }

  /// Text on standard output, as it is. A reader that has gone away ends the process quietly, as `head` expects.
  ///
  /// Of several ranks the first has standard output.
  static func write(_ text: String) {
    guard Ranks.isFirst else { return }
    var text = text
    text.withUTF8 { write(UnsafeRawBufferPointer($0)) }
  }

  /// Bytes on standard output, as ``write(_:)-(String)``.
  static func write(_ bytes: UnsafeRawBufferPointer) {
    let code = bytes.writeAll(to: STDOUT_FILENO)
    if code == EPIPE { Foundation.exit(0) }
    guard code != 0 else { return }
    Console.error("ragged: error: cannot write to standard output: \(String(cString: strerror(code)))")
    Foundation.exit(74)
  }

  /// A line on standard output.
  static func print(_ line: String = "") { write(line + "\n") }

  /// A table on standard output, as wide as the terminal at most.
  static func print(_ table: Table) { print(table.text) }

  /// A value as JSON with sorted keys.
  static func print(json value: some Encodable) throws { print(try text(json: value)) }

  /// The text of ``print(json:)``.
  static func text(json value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    // As epochs are kept: JSON has no number for these.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
