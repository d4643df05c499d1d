import Foundation

/// What a terminal behind a file descriptor can do.
enum Terminal {
  /// Columns of the terminal that shows standard output: what `COLUMNS` says, or else what the terminal says, or else 80;
  /// nil where standard output is no terminal.
  static var width: Int? { isatty(STDOUT_FILENO) == 1 ? width(of: STDOUT_FILENO) : nil }

  static func width(of descriptor: Int32) -> Int {
    var size = winsize()
    let reported = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 ? Int(size.ws_col) : 0
    return width(variable: ProcessInfo.processInfo.environment["COLUMNS"], reported: reported)
  }

  /// The width that a variable and the terminal give; what is no positive number does not count.
  static func width(variable: String?, reported: Int) -> Int {
    if let variable, let columns = Int(variable), columns > 0 { return min(columns, 10_000) }
    return reported > 0 ? reported : 80
  }

  /// Whether a file descriptor is a terminal that knows escape codes.
  static func isCapable(_ descriptor: Int32) -> Bool {
    isatty(descriptor) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  }

  /// Whether colours go to a file descriptor.
  static func hasColor(_ descriptor: Int32) -> Bool {
    switch Console.settings.color {
    case .always: true
    case .never: false
    case .auto:
      // https://no-color.org: set and not empty.
      isCapable(descriptor) && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
    }
  }
}

/// A way in which text stands out on a terminal.
enum Style: String {
  case heading = "1"
  case good = "32"
  case bad = "31"

  /// The text with the codes of the style, where the file descriptor shows colours.
  func text(_ text: String, on descriptor: Int32 = STDOUT_FILENO) -> String {
    Terminal.hasColor(descriptor) ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
  }
}
