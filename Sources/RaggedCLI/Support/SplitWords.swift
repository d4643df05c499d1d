import Ragged

/// What splits became, in a line, and what to do where they are not what was asked.
struct SplitWords {
  private let splits: [SplitSummary]
  /// Classes that are named of a split.
  private static let classLimit = 6

  init(_ splits: [SplitSummary]) { self.splits = splits }

  /// `splits: train 32 (run 16, walk 16), test 8 (run 4, walk 4)`.
  var line: String {
    let parts = splits.filter { $0.sequences > 0 }.map { split in
      let classes = split.classes.prefix(Self.classLimit).map {
        "\(($0.name ?? "none").printable) \($0.sequences.grouped)"
      }
      let more = split.classes.count - classes.count
      let all =
        classes.joined(separator: ", ") + (more > 0 ? " and \(more.counted("other class", "other classes"))" : "")
      return "\(split.name.printable) \(split.sequences.grouped)\(all.isEmpty ? "" : " (\(all))")"
    }
    return "splits: \(parts.joined(separator: ", "))"
  }

  /// What is said of shares that came out a third off; nil where none did. Splits without any sequence are told apart.
  func note(stratify: Bool, grouped: Bool) -> String? {
    let off = splits.filter { $0.isFarOff && $0.sequences > 0 }
    guard !off.isEmpty else { return nil }
    let parts = off.map {
      "\"\($0.name)\" is \(Format.percent($0.share)) of the sequences, and \(Format.percent($0.asked ?? 0)) was asked"
    }
    let reason =
      grouped
      ? ": whole groups go by a hash, and the shares hold on average over many groups; another --seed divides otherwise"
      : stratify
        ? ": each class is cut at whole sequences, and there are few"
        : splits.contains { !$0.classes.isEmpty }
          ? ": shares go by a hash and hold on average; --stratify divides each class as exactly as whole sequences allow"
          : ": shares go by a hash and hold on average; another --seed divides otherwise"
    return parts.joined(separator: "; ") + reason
  }
}
