/// Lists of codes of one column, each of its own length, one per sequence: a phone transcription, or tags.
///
/// Sequence `b` owns the codes `offsets[b] ..< offsets[b + 1]`, which may be none.
public struct LabelLists: Sendable, Equatable {
  /// `[M]`, laid end to end. A label that is no name of the column has the code `Vocabulary.unknownIndex`.
  public var codes: [Int32]
  /// Where each list begins: `[B + 1]`, rising from 0 to `M`.
  public var offsets: [Int]

  /// Lists from their parts.
  public init(codes: [Int32] = [], offsets: [Int] = [0]) { (self.codes, self.offsets) = (codes, offsets) }

  /// Lists laid end to end.
  public init(_ lists: some Sequence<[Int32]>) {
    self.init()
    for list in lists { append(list) }
  }

  /// Lists that stand in a matrix `[B, L]`, each at the beginning of its row; what stands behind it is not looked at.
  /// - Parameters:
  ///   - padded: the labels.
  ///   - counts: how many each row has, `[B]`; more than there are places counts as that many.
  public init(_ padded: Grid<Int32>, counts: [Int]) {
    self.init()
    let (rows, length) = (padded.shape[0], padded.shape[1])
    for (b, count) in counts.prefix(rows).enumerated() {
      append(padded.elements[b * length..<b * length + min(max(0, count), length)])
    }
  }

  /// The number of lists: `B`.
  public var count: Int { offsets.count - 1 }
  /// The number of labels of each list, `[B]`.
  public var counts: [Int] { zip(offsets, offsets.dropFirst()).map { $1 - $0 } }

  /// The list of sequence `b`.
  public subscript(b: Int) -> ArraySlice<Int32> { codes[offsets[b]..<offsets[b + 1]] }

  /// Adds a list.
  public mutating func append(_ list: some Collection<Int32>) {
    codes.append(contentsOf: list)
    offsets.append(codes.count)
  }

  /// The lists padded to the longest one, `padded[b, l]`: shape `[B, L]`. Padding is `Vocabulary.unknownIndex`; ``counts``
  /// tells it from a label.
  public var padded: Grid<Int32> {
    let longest = counts.max() ?? 0
    var cells = [Int32](repeating: Vocabulary.unknownIndex, count: count * longest)
    for b in 0..<count {
      for (l, code) in self[b].enumerated() { cells[b * longest + l] = code }
    }
    return Grid(cells, shape: [count, longest])
  }
}

extension LabelLists {
  /// Whether it has a list for each of so many sequences.
  func holds(_ sequences: Int) -> Bool {
    offsets.count == sequences + 1 && offsets.first == 0 && offsets.last == codes.count
      && zip(offsets, offsets.dropFirst()).allSatisfy { $0 <= $1 }
  }

  func selecting(_ rows: [Int]) -> LabelLists {
    var result = LabelLists()
    result.offsets.reserveCapacity(rows.count + 1)
    for row in rows { result.append(self[row]) }
    return result
  }

  /// The lists of all parts, one after the other.
  static func concatenating(_ parts: [LabelLists]) -> LabelLists {
    var result = LabelLists()
    for part in parts { for b in 0..<part.count { result.append(part[b]) } }
    return result
  }

  /// Bytes of its buffers. O(1).
  var byteCount: Int { 4 * codes.count + 8 * offsets.count }
}
