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
