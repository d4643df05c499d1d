/// The unit that a column's name has behind it, as recorders write it: `Time (s)`, `time [ms]`.
struct NamedUnit {
  /// The name without it.
  let name: Substring
  /// As it is written.
  let unit: Substring

  /// nil for a name without one.
  init?(_ text: String) {
    guard let last = text.last, let closing = [")": "(", "]": "["][String(last)],
      let open = text.lastIndex(of: Character(closing)), open != text.startIndex
    else { return nil }
    var name = text[..<open]
    while let last = name.last, last == " " || last == "_" { name.removeLast() }
    self.name = name
    unit = text[text.index(after: open)...].dropLast()
    if name.isEmpty { return nil }
  }

  /// What a number of it is as a time.
  var ofTime: TimeUnit? {
    switch unit.lowercased() {
    case "s", "sec", "secs", "second", "seconds": .seconds
    case "ms", "msec", "millisecond", "milliseconds": .milliseconds
    case "us", "µs", "μs", "microsecond", "microseconds": .microseconds
    case "ns", "nanosecond", "nanoseconds": .nanoseconds
    default: nil
    }
  }
}
