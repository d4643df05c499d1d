import Foundation

extension Collection<String> {
  /// The name nearest to `name` by edits of single letters and swaps of neighbours, nil where none is near: at most every third letter differs, or
  /// one of a name of two. O(count · letters²), of the first 1000 names, or as many as
  /// `limit` says, and of 64 letters.
  package func nearest(to name: String, limit: Int = 1000) -> String? {
    let wanted = Array<Character>(name.lowercased().prefix(64))
    let ranked = prefix(limit).map { ($0, editDistance(wanted, Array<Character>($0.lowercased().prefix(64)))) }
    guard let best = ranked.min(by: { $0.1 < $1.1 }), best.1 < wanted.count,
      best.1 <= Swift.max(1, wanted.count / 3)
    else { return nil }
    return best.0
  }
}

/// Edits of single letters and swaps of neighbours that turn one into the other (optimal string alignment). O(a · b).
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  var (before, row) = ([Int](), Array(0...b.count))
  for (i, letter) in a.enumerated() {
    var next = [i + 1]
    next.reserveCapacity(b.count + 1)
    for j in b.indices {
      var least = min(row[j] + (letter == b[j] ? 0 : 1), row[j + 1] + 1, next[j] + 1)
      if i > 0, j > 0, letter == b[j - 1], a[i - 1] == b[j] { least = min(least, before[j - 1] + 1) }
      next.append(least)
    }
    (before, row) = (row, next)
  }
  return row[b.count]
}

extension Sequence<String> {
  /// `"a", "b", "c"`, or `none`; of more than twenty, the first twenty and the number of the rest.
  package var quotedList: String {
    let all = Array(self)
    guard !all.isEmpty else { return "none" }
    let shown = all.prefix(20).map { "\"\($0)\"" }.joined(separator: ", ")
    return all.count > 20 ? "\(shown) and \(all.count - 20) more" : shown
  }
}

extension Int {
  /// The most of what is counted: timesteps of a sequence, sequences, epochs, steps. Places are 32 bits wide, and sums and
  /// products of two such numbers are still numbers.
  package static let largestCount = Int(Int32.max)

  /// The number with a comma between thousands: `4,274`.
  public var grouped: String {
    var digits = Array(String(magnitude))
    var position = digits.count - 3
    while position > 0 {
      digits.insert(",", at: position)
      position -= 3
    }
    return (self < 0 ? "-" : "") + String(digits)
  }

  /// The number with the word for it: `1 sequence`, `4,274 sequences`.
  /// - Parameter plural: the word for several where it is another than with an "s".
  package func counted(_ singular: String, _ plural: String? = nil) -> String {
    "\(grouped) \(self == 1 ? singular : plural ?? singular + "s")"
  }
}

extension Double {
  /// Seconds in words: `20 µs`, `13 ms`, `0.4 s`, `2 min 5 s`, `3 h 7 min`; nil for what is no time that anybody waits.
  package var asDuration: String? {
    guard self >= 0, self < 1e9 else { return nil }
    return switch self {
    case 0: "0 s"
    case ..<0.001: String(format: "%.0f µs", self * 1e6)
    case ..<0.1: String(format: "%.0f ms", self * 1000)
    case ..<60: String(format: "%.1f s", self)
    case ..<3600: "\(Int(self) / 60) min \(Int(self) % 60) s"
    default: "\(Int(self) / 3600) h \(Int(self) / 60 % 60) min"
    }
  }
}

extension [String] {
  /// `a, b or c`.
  package var choiceText: String {
    guard count > 1, let last else { return first ?? "" }
    return dropLast().joined(separator: ", ") + " or " + last
  }
}
