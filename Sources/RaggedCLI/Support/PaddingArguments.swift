public import ArgumentParser
public import Ragged

struct PaddingArguments: ParsableArguments {
  @Option(name: .long, help: "Where padding goes: pre or post.")
  var paddingSide = PaddingOptions().side

  @Option(name: .long, parsing: .unconditional, help: "What padded timesteps hold.")
  var paddingValue = PaddingOptions().value

  @Option(name: .long, help: "Where too long sequences are cut: pre or post.")
  var truncationSide = PaddingOptions().truncation

  @Option(name: .long, help: "T of every batch, whatever its sequences' lengths; a multiple of --multiple.")
  var fixedLength: Int?

  @Option(name: .long, help: "The most that T may be; a multiple of --multiple.")
  var maximumLength: Int?

  @Option(name: .long, help: "T is rounded up to a multiple of this.")
  var multiple = PaddingOptions().multiple

  func validate() throws {
    guard !paddingValue.isInfinite else {
      throw ValidationError("--padding-value is \(paddingValue), expected a finite number or nan")
    }
    try Limits.check("--fixed-length", fixedLength, Limits.countOrNone)
    try Limits.check("--maximum-length", maximumLength, Limits.countOrNone)
    try Limits.check("--multiple", multiple, Limits.count)
  }

  var options: PaddingOptions {
    PaddingOptions(
      side: paddingSide, value: paddingValue, truncation: truncationSide, fixedLength: fixedLength,
      maximumLength: maximumLength, multiple: multiple)
  }
}

extension PaddingOptions.Side: ExpressibleByArgument {}
