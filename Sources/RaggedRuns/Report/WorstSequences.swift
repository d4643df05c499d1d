/// The sequences with the greatest loss, of any number: only the worst are held.
struct WorstSequences {
  /// A sequence.
  struct Entry: Equatable {
    /// Its position in the source.
    var position: Int
    /// Its loss; undefined ones count as the greatest.
    var loss: Double
  }

  let limit: Int
  /// Greatest loss first; of equals the first in the source.
  private(set) var entries: [Entry] = []

  init(limit: Int) { self.limit = limit }

  /// Looks at a sequence. O(limit).
  mutating func add(_ entry: Entry) {
    guard limit > 0 else { return }
    let place = entries.firstIndex { WorstSequences.isWorse(entry, $0) } ?? entries.count
    guard place < limit else { return }
    entries.insert(entry, at: place)
    if entries.count > limit { entries.removeLast() }
  }

  private static func isWorse(_ first: Entry, _ second: Entry) -> Bool {
    let (a, b) = (first.loss.isNaN ? .infinity : first.loss, second.loss.isNaN ? .infinity : second.loss)
    return a == b ? first.position < second.position : a > b
  }
}
