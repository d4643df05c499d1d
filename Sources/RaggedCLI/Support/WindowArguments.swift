import ArgumentParser
import Ragged

/// How long sequences are cut into windows.
struct WindowArguments: ParsableArguments {
  @Option(
    name: .long,
    help: "Cut sequences into windows of so many timesteps, each a sequence of its own. Default: take them whole.")
  var window: Int?

  @Option(
    name: .long,
    help: "Timesteps from the start of a window to that of the next. Default: the window's length, so none are shared.")
  var stride: Int?

  @Flag(name: .long, help: "Keep what is left after the last full window as a shorter one; otherwise it is left out.")
  var keepTail = false

  /// The windows asked for, nil where there are none.
  var windowing: Windowing? { window.map { Windowing(length: $0, stride: stride, keepsTail: keepTail) } }

  func validate() throws {
    if window == nil, stride != nil || keepTail {
      throw ValidationError("\(stride == nil ? "--keep-tail" : "--stride") needs --window")
    }
    for (name, number) in [("--window", window), ("--stride", stride)] {
      if let number, number < 1 { throw ValidationError("\(name) is \(number), expected at least 1") }
    }
  }
}
