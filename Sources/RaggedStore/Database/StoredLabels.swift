import RaggedCore

/// The labels of a sequence as they are stored: how many there are in each column of labels, then their codes, one column after
/// the other; int32 all.
enum StoredLabels {
  /// What is stored of a list a column.
  static func numbers(_ lists: [[Int32]]) -> [Int32] { lists.map { Int32($0.count) } + lists.joined() }

  /// Where the codes of each of so many columns stand among the numbers; nil where these are not what such columns have.
  static func places(_ bytes: UnsafeRawBufferPointer, columns: Int) -> [Range<Int>]? {
    let total = bytes.count / 4
    guard bytes.count % 4 == 0, total >= columns else { return nil }
    var end = columns
    var places: [Range<Int>] = []
    for column in 0..<columns {
      let count = Int(bytes.number(column, as: Int32.self))
      guard count >= 0, count <= total - end else { return nil }
      places.append(end..<end + count)
      end += count
    }
    return end == total ? places : nil
  }
}

extension BlobShape {
  /// The codes in each column of labels.
  /// - Throws: ``StoreError`` for bytes that do not hold so many as they claim.
  func lists(_ bytes: UnsafeRawBufferPointer?, id: Int64) throws -> [[Int32]] {
    if labels.isEmpty { return [] }
    guard let bytes, let places = StoredLabels.places(bytes, columns: labels.count) else {
      throw StoreError(
        .damaged,
        "sequence \(id): its labels, \((bytes?.count ?? 0).counted("byte")), are not as many as they say there are")
    }
    return places.map { $0.map { bytes.number($0) } }
  }
}
