extension Collection<String> {
  /// The name nearest to `name` by edits of single letters, nil where none is near: at most every third letter differs, or
  /// one of a name of two. O(count · letters²), of the first 1000 names and 64 letters.
  package func nearest(to name: String) -> String? {
    let wanted = Array<Character>(name.lowercased().prefix(64))
    let ranked = prefix(1000).map { ($0, editDistance(wanted, Array<Character>($0.lowercased().prefix(64)))) }
    guard let best = ranked.min(by: { $0.1 < $1.1 }), best.1 < wanted.count,
      best.1 <= Swift.max(1, wanted.count / 3)
    else { return nil }
    return best.0
  }
}

/// Levenshtein's distance. O(a · b).
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  var row = Array(0...b.count)
  for (i, letter) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for j in b.indices {
      let substituted = diagonal + (letter == b[j] ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substituted, row[j] + 1, diagonal + 1)
    }
  }
  return row[b.count]
}
