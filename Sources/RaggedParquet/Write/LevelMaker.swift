/// Makes repetition and definition levels of offsets and presence: the inverse of ``LevelAssembler``.
struct LevelMaker {
  private(set) var repetition: [UInt8] = []
  private(set) var definition: [UInt8] = []
  private let listDepth: Int
  private let optional: UInt8

  init(_ column: ParquetOutputColumn) { (listDepth, optional) = (column.listDepth, column.isOptional ? 1 : 0) }

  var count: Int { definition.count }

  /// Adds the levels of some rows.
  mutating func append(_ data: ParquetOutputValues, rows: Range<Int>) {
    if listDepth == 0 {
      guard let present = data.present else {
        definition.append(contentsOf: repeatElement(optional, count: rows.count))
        return
      }
      for row in rows { definition.append(present[row] ? optional : 0) }
      return
    }
    for row in rows { append(data, depth: 0, slot: row, repetition: 0) }
  }

  /// The levels collected; there are none afterwards.
  mutating func finish() -> (repetition: [UInt8], definition: [UInt8]) {
    defer { (repetition, definition) = ([], []) }
    return (repetition, definition)
  }

  private mutating func append(_ data: ParquetOutputValues, depth: Int, slot: Int, repetition level: UInt8) {
    // Each list above is there: an optional field and a repeated one each.
    let base = UInt8(depth) * (optional + 1)
    guard depth < listDepth else {
      add(level, data.present?[slot] == false ? base : base + optional)
      return
    }
    let list = data.lists[depth]
    if list.present?[slot] == false {
      add(level, base)
      return
    }
    let (start, end) = (list.offsets[slot], list.offsets[slot + 1])
    guard start < end else {
      add(level, base + optional)
      return
    }
    for element in start..<end {
      append(data, depth: depth + 1, slot: element, repetition: element == start ? level : UInt8(depth + 1))
    }
  }

  private mutating func add(_ repetition: UInt8, _ definition: UInt8) {
    self.repetition.append(repetition)
    self.definition.append(definition)
  }
}
