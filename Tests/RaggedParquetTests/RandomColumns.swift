import RaggedParquet

/// Columns of each type and depth with random values.
struct RandomColumns {
  let columns: [ParquetOutputColumn]
  private var numbers: Numbers

  static let types: [(String, ParquetOutputType)] = [
    ("flag", .boolean), ("i32", .int32), ("i64", .int64), ("u64", .uint64), ("f32", .float), ("f64", .double),
    ("text", .string), ("date", .date), ("local", .timestamp(.milliseconds, utc: false)),
    ("ms", .timestamp(.milliseconds, utc: true)), ("us", .timestamp(.microseconds, utc: true)),
    ("ns", .timestamp(.nanoseconds, utc: false)),
  ]

  init(seed: UInt64) {
    numbers = Numbers(seed: seed)
    columns = Self.types.flatMap { name, type in
      [
        ParquetOutputColumn(name, type), ParquetOutputColumn("required_\(name)", type, isOptional: false),
        ParquetOutputColumn("list_\(name)", type, listDepth: 1),
        ParquetOutputColumn("required_list_\(name)", type, listDepth: 1, isOptional: false),
        ParquetOutputColumn("nested_\(name)", type, listDepth: 2),
      ]
    }
  }

  mutating func rows(_ count: Int) -> [ParquetOutputValues] { columns.map { values($0, rows: count) } }

  private mutating func values(_ column: ParquetOutputColumn, rows: Int) -> ParquetOutputValues {
    var (slots, lists) = (rows, [ParquetOutputValues.Lists]())
    for _ in 0..<column.listDepth {
      let present = presence(column, slots)
      var offsets = [0]
      offsets.reserveCapacity(slots + 1)
      for i in 0..<slots {
        let length = present?[i] == false ? 0 : Int.random(in: 0...4, using: &numbers)
        offsets.append(offsets[i] + length)
      }
      slots = offsets[slots]
      lists.append(.init(offsets: offsets, present: present))
    }
    let present = presence(column, slots)
    return ParquetOutputValues(values(column.type, slots), present: present, lists: lists)
  }

  private mutating func presence(_ column: ParquetOutputColumn, _ slots: Int) -> [Bool]? {
    guard column.isOptional, Int.random(in: 0..<3, using: &numbers) > 0 else { return nil }
    // Runs of nulls and single ones.
    let share = Int.random(in: 1..<10, using: &numbers)
    return (0..<slots).map { _ in Int.random(in: 0..<10, using: &numbers) >= share }
  }

  private mutating func values(_ type: ParquetOutputType, _ count: Int) -> ParquetValues {
    // Few distinct values in some batches, many in others.
    let range: ClosedRange<Int64> = Bool.random(using: &numbers) ? -3...3 : -1_000_000_000...1_000_000_000
    let whole = (0..<count).map { _ in Int64.random(in: range, using: &numbers) }
    switch type {
    case .boolean: return .boolean(whole.map { $0 & 1 == 1 })
    case .int32: return .int32(whole.map { Int32($0) })
    // Within the years that Python knows.
    case .date: return .int32(whole.map { Int32($0 % 100_000) })
    case .int64, .timestamp: return .int64(whole.map { $0 * 1000 })
    case .uint64: return .uint64(whole.map { UInt64(bitPattern: $0) })
    case .float: return .float(whole.map { $0 == 2 ? .nan : Float($0) / 8 })
    case .double: return .double(whole.map { $0 == 2 ? -0.0 : $0 == 1 ? .infinity : Double($0) / 8 })
    case .string, .bytes: return .bytes(ParquetByteStrings(whole.map { $0 == 0 ? "" : "\($0) grüße" }))
    }
  }
}

/// What a reader should make of values that were written.
func texts(_ data: ParquetOutputValues, rows: Int) -> [String] {
  let values: (Int) -> ParquetValue =
    switch data.values {
    case .boolean(let values): { .boolean(values[$0]) }
    case .int32(let values): { .integer(Int64(values[$0])) }
    case .int64(let values): { .integer(values[$0]) }
    case .uint64(let values): { .unsigned(values[$0]) }
    case .float(let values): { .float(values[$0]) }
    case .double(let values): { .double(values[$0]) }
    case .bytes(let values): { .bytes(Array(values[$0].utf8)) }
    }
  func value(_ depth: Int, _ slot: Int) -> ParquetValue {
    guard depth < data.lists.count else { return data.present?[slot] == false ? .null : values(slot) }
    let list = data.lists[depth]
    return list.present?[slot] == false
      ? .null : .list((list.offsets[slot]..<list.offsets[slot + 1]).map { value(depth + 1, $0) })
  }
  return (0..<rows).map { text(value(0, $0)) }
}
