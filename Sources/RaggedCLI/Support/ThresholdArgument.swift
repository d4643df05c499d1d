import ArgumentParser
import Ragged

/// What `--threshold` says: a number for all labels, `best`, or `NAME=NUMBER,…`.
struct ThresholdArgument: ExpressibleByArgument, CustomStringConvertible {
  let chosen: LabelThresholds
  /// As it was written.
  let description: String

  init?(argument: String) {
    description = argument
    func share(_ text: some StringProtocol) -> Float? {
      Float(text).flatMap { (0...1).contains($0) ? $0 : nil }
    }
    if argument == "best" {
      chosen = .best
    } else if let all = share(argument) {
      chosen = .all(all)
    } else {
      var named: [String: Float] = [:]
      for part in argument.split(separator: ",") {
        guard let sign = part.lastIndex(of: "="), let number = share(part[part.index(after: sign)...]) else {
          return nil
        }
        named[String(part[..<sign])] = number
      }
      if named.isEmpty { return nil }
      chosen = .named(named)
    }
  }

  static let help = ArgumentHelp(
    "Of labels of which a sequence may have many, what a probability has to be above: a number from 0 to 1, LABEL=NUMBER,..., or best.",
    discussion: """
      best is that of the greatest F1 of each label on the sequences that each epoch was judged by, which must be in the store. \
      Default: 0.5.
      """)
}
