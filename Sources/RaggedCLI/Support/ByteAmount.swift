import ArgumentParser

/// An amount of data: `4096`, `20KB`, `32MB`, `1GB`, in powers of 1000.
struct ByteAmount: ExpressibleByArgument, Equatable {
  let bytes: Int

  init?(argument: String) {
    var digits = argument.uppercased()[...]
    var unit = 1
    for (suffix, size) in [("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("B", 1)]
    where digits.hasSuffix(suffix) {
      digits = digits.dropLast(suffix.count)
      unit = size
      break
    }
    while digits.last == " " { digits = digits.dropLast() }
    guard let number = Int(digits), number > 0 else { return nil }
    let (bytes, isTooLarge) = number.multipliedReportingOverflow(by: unit)
    guard !isTooLarge else { return nil }
    self.bytes = bytes
  }
}
