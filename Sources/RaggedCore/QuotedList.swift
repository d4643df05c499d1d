extension Sequence<String> {
  /// `"a", "b", "c"`, or `none`; of more than twenty, the first twenty and the number of the rest.
  package var quotedList: String {
    let all = Array(self)
    guard !all.isEmpty else { return "none" }
    let shown = all.prefix(20).map { "\"\($0)\"" }.joined(separator: ", ")
    return all.count > 20 ? "\(shown) and \(all.count - 20) more" : shown
  }
}
