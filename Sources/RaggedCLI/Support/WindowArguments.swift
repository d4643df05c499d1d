import ArgumentParser
import Ragged

/// How long sequences are cut into windows, as sequences of their own.
struct WindowArguments: ParsableArguments {
  @Option(
    name: .long,
    help: """
      Cut sequences into windows of this number of timesteps, each a sequence of its own. Default: take them whole.
      """)
  var window: Int?

  @Option(
    name: .long,
    help: "Timesteps from the start of a window to that of the next. Default: the window's length, so none are shared.")
  var stride: Int?

  @Flag(
    name: .long, inversion: .prefixedNo,
    help: "Keep what is left after the last full window as a shorter one; otherwise it is left out.")
  var keepTail = false

  /// The windows asked for, nil where there are none.
  var windowing: Windowing? { window.map { Windowing(length: $0, stride: stride, keepsTail: keepTail) } }

  func validate() throws {
    if window == nil, stride != nil || keepTail {
      throw ValidationError("\(stride == nil ? "--keep-tail" : "--stride") needs --window")
    }
    try Limits.check("--window", window, Limits.count)
    try Limits.check("--stride", stride, Limits.count)
  }
}

extension TrainingSource {
  /// What is said of sequences and timesteps that are in no window; nil where there are none.
  /// - Parameter purpose: what the sequences are for.
  func coverageNote(_ purpose: String = "") -> String? {
    guard let windows, windows.coverage.timestepsLeftOut > 0 else { return nil }
    let coverage = windows.coverage
    let kind = purpose.isEmpty ? "" : " " + purpose
    let advice =
      windows.map.windowing.keepsTail
      ? "a --stride of at most the window takes those between windows"
      : "--keep-tail keeps what is left after the last full one"
    return "\(coverage.sequencesLeftOut.grouped) of \(coverage.sequences.counted("sequence"))\(kind) and "
      + "\(coverage.timestepsLeftOut.grouped) of \(coverage.timesteps.counted("timestep")) are in no window: \(advice)"
  }
}

/// Windows to train on: each by itself, or one after the other with states that go on.
struct TrainWindowArguments: ParsableArguments {
  @OptionGroup var windows: WindowArguments

  @Flag(
    name: .long, inversion: .prefixedNo,
    help: ArgumentHelp(
      "Carry h and c from window to window of a sequence; the gradient ends between them.",
      discussion: """
        Truncated back-propagation through time: each row of a batch reads a sequence on, window after window, one \
        optimiser step per batch, and takes the next sequence when its own has ended. All timesteps are kept. Memory is \
        that of a window of each row, however long sequences are.
        """))
  var stateful = false

  /// The windows asked for, nil where there are none; with states that go on, to the last timestep.
  var windowing: Windowing? {
    var windowing = windows.windowing
    if stateful { windowing?.keepsTail = true }
    return windowing
  }

  func validate() throws {
    guard stateful else { return }
    guard let window = windows.window else { throw ValidationError("--stateful needs --window") }
    if let stride = windows.stride, stride != window {
      throw ValidationError(
        "--stride is \(stride), expected the window's \(window): with --stateful windows follow each other")
    }
  }
}
