import Logging

/// What the libraries have to say, on standard error in the command's style: warnings and notices always, unless --quiet;
/// with -v also what is done, with -vv all.
struct ConsoleLogHandler: LogHandler {
  private let label: String
  var metadata: Logger.Metadata = [:]
  /// The least that is worth a line. The level of a logger cannot be set: it follows the command line.
  var logLevel: Logger.Level {
    get {
      switch Console.settings.verbosity {
      case .quiet: .error
      case .normal: .notice
      case .verbose: .info
      case .debug: .trace
      }
    }
    set {}
  }

  static func install() {
    LoggingSystem.bootstrap { label in ConsoleLogHandler(label: label) }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let sign =
      switch event.level {
      case .error, .critical: "error: "
      case .warning: "warning: "
      default: Console.settings.verbosity == .debug ? "\(label): " : ""
      }
    let remedy = event.metadata?["remedy"] == "resplit" ? "; \"ragged split\" with --stratify divides all anew" : ""
    Console.error("ragged: \(sign)\(event.message)\(remedy)")
  }
}
