import GRDB
import RaggedCore

/// What a number or time column's observed cells at valid timesteps add up to; a time counts in microseconds.
struct Moments: Equatable {
  private(set) var count = 0
  /// Cells that were not observed.
  private(set) var missing = 0
  private(set) var mean = 0.0
  /// The sum of squared deviations.
  private(set) var m2 = 0.0
  private(set) var minimum = Double.infinity
  private(set) var maximum = -Double.infinity

  init() {}

  /// Figures kept earlier, from this column of a statement on.
  init(_ row: SQLStatement, from first: Int32, of table: String) throws {
    count = try row.count(first, of: table)
    missing = try row.count(first + 1, of: table)
    (mean, m2) = (row.double(first + 2), row.double(first + 3))
    (minimum, maximum) = (row.double(first + 4), row.double(first + 5))
  }

  /// Adds cells: `cell` gives each of so many, nil where it was not observed. The sum comes first and the deviations from
  /// its mean then, so `cell` is called twice for each.
  mutating func add(_ cells: Int, where isCounted: (Int) -> Bool, _ cell: (Int) -> Double?) {
    var block = Moments()
    var sum = 0.0
    for index in 0..<cells where isCounted(index) {
      guard let value = cell(index) else {
        block.missing += 1
        continue
      }
      block.count += 1
      sum += value
      block.minimum = min(block.minimum, value)
      block.maximum = max(block.maximum, value)
    }
    if block.count > 0 {
      block.mean = sum / Double(block.count)
      for index in 0..<cells where isCounted(index) {
        guard let value = cell(index) else { continue }
        block.m2 += (value - block.mean) * (value - block.mean)
      }
    }
    merge(block)
  }

  /// Adds what others add up to.
  mutating func merge(_ other: Moments) {
    missing += other.missing
    guard other.count > 0 else { return }
    let share = Double(other.count) / Double(count + other.count)
    let difference = other.mean - mean
    m2 += other.m2 + difference * difference * Double(count) * share
    mean += difference * share
    count += other.count
    (minimum, maximum) = (min(minimum, other.minimum), max(maximum, other.maximum))
  }
}

/// How often a code occurs.
struct CodeCount: Equatable {
  /// Valid timesteps, sequences of a column per sequence, or places in lists of labels.
  var count = 0
  /// Valid timesteps, or all timesteps of the sequences; 0 for labels.
  var timesteps = 0

  static func += (left: inout CodeCount, right: CodeCount) {
    left.count += right.count
    left.timesteps += right.timesteps
  }
}

/// How often each code of a column occurs. Memory is that of the codes that occur.
struct CodeCounts: Equatable {
  /// Of codes below ``limit``: few names are the rule, and are found without a search.
  private var low: [CodeCount] = []
  private var high: [Int: CodeCount] = [:]
  private static let limit = 4096

  static func == (left: CodeCounts, right: CodeCounts) -> Bool { left.all == right.all }

  /// Those that occur.
  var all: [Int: CodeCount] {
    low.enumerated().reduce(into: high) { if $1.element.count > 0 { $0[$1.offset] = $1.element } }
  }

  mutating func add(_ count: CodeCount, of code: Int) {
    guard (0..<Self.limit).contains(code) else {
      high[code, default: CodeCount()] += count
      return
    }
    if code >= low.count { low.append(contentsOf: repeatElement(CodeCount(), count: code + 1 - low.count)) }
    low[code] += count
  }

  /// Adds one for each of so many timesteps that counts, of the code that stands there. O(timesteps).
  mutating func add(_ timesteps: Int, where isCounted: (Int) -> Bool, code: (Int) -> Int32) {
    for t in 0..<timesteps where isCounted(t) {
      let code = Int(code(t))
      if low.indices.contains(code) {
        low[code] += CodeCount(count: 1, timesteps: 1)
      } else {
        add(CodeCount(count: 1, timesteps: 1), of: code)
      }
    }
  }

  mutating func merge(_ other: CodeCounts) {
    for (code, count) in other.low.enumerated() where count.count > 0 { add(count, of: code) }
    for (code, count) in other.high { add(count, of: code) }
  }
}

/// Figures of a dataset's further columns over a set of sequences.
struct ColumnFigures {
  /// Of number and time columns, and of the lengths of lists of labels: `[columns]`.
  fileprivate(set) var moments: [Moments]
  /// Of category columns: `[columns]`.
  fileprivate(set) var counts: [CodeCounts]

  init(_ shape: BlobShape) {
    moments = Array(repeating: Moments(), count: shape.columns.count)
    counts = Array(repeating: CodeCounts(), count: shape.columns.count)
  }

  /// Adds a sequence whose blobs have been checked against its length. O(its cells).
  mutating func add(_ blobs: SequenceBlobs, _ statics: StaticCells, length: Int, shape: BlobShape) {
    if shape.columns.isEmpty { return }
    for (index, place) in shape.numbers.enumerated() {
      guard let numbers = blobs.numbers else { continue }
      let width = shape.numbers.count
      moments[place].add(length, where: blobs.isValid) { t in
        if let bits = blobs.cellsObserved, !bits.bit(t * width + index) { return nil }
        return Double(numbers.number(t * width + index, as: Float.self))
      }
    }
    for (index, place) in shape.times.enumerated() {
      guard let times = blobs.times else { continue }
      moments[place].add(length, where: blobs.isValid) { t in
        let time = times.number(t * shape.times.count + index, as: Int64.self)
        return time == ColumnPlanes.missingTime ? nil : Double(time)
      }
    }
    for (index, place) in shape.codes.enumerated() {
      guard let codes = blobs.codes else { continue }
      let width = shape.codes.count
      counts[place].add(length, where: blobs.isValid) { codes.number($0 &* width &+ index) }
    }
    if let bytes = blobs.labels { addLabels(bytes, shape: shape) }
    addStatics(statics, length: length, shape: shape)
    var code = 0
    for place in shape.statics where shape.columns[place].kind == .category {
      counts[place].add(CodeCount(count: 1, timesteps: length), of: Int(statics.cells.codes[code]))
      code += 1
    }
  }

  private mutating func addLabels(_ bytes: UnsafeRawBufferPointer, shape: BlobShape) {
    guard let places = StoredLabels.places(bytes, columns: shape.labels.count) else { return }
    for (place, codes) in zip(shape.labels, places) {
      moments[place].add(1, where: { _ in true }) { _ in Double(codes.count) }
      for index in codes {
        counts[place].add(CodeCount(count: 1, timesteps: 0), of: Int(bytes.number(index, as: Int32.self)))
      }
    }
  }

  private mutating func addStatics(_ statics: StaticCells, length: Int, shape: BlobShape) {
    var (number, time) = (0, 0)
    for place in shape.statics {
      switch shape.columns[place].kind {
      case .category: break
      case .number:
        moments[place].add(1, where: { _ in true }) { _ in
          statics.cells.isObserved(0, number) ? Double(statics.cells.values[number]) : nil
        }
        number += 1
      case .time:
        moments[place].add(1, where: { _ in true }) { _ in
          statics.times[time] == ColumnPlanes.missingTime ? nil : Double(statics.times[time])
        }
        time += 1
      }
    }
  }

  /// Adds what others have seen.
  mutating func merge(_ other: ColumnFigures) {
    for place in moments.indices {
      moments[place].merge(other.moments[place])
      counts[place].merge(other.counts[place])
    }
  }
}

extension ColumnFigures {
  /// Calls `add` with the kept figures that a condition on a cell's row selects, those of each cell in several parts.
  static func forEachKept(
    _ db: Database, _ shape: BlobShape, where condition: String, _ arguments: StatementArguments,
    _ add: (FigureCell, (inout ColumnFigures) -> Void) throws -> Void
  ) throws {
    func cell(_ row: SQLStatement) -> FigureCell {
      FigureCell(split: row.text(0), classIndex: Int32(clamping: row.int64(1)))
    }
    let rows = try SQLStatement(
      db,
      """
      SELECT split, class, "column", count, missing, mean, m2, minimum, maximum FROM column_statistics
      WHERE \(condition)
      """, arguments: arguments)
    while try rows.step() {
      let place = Int(clamping: rows.int64(2))
      guard shape.columns.indices.contains(place) else { continue }
      let kept = try Moments(rows, from: 3, of: "column_statistics")
      try add(cell(rows)) { $0.moments[place].merge(kept) }
    }
    let codes = try SQLStatement(
      db, "SELECT split, class, \"column\", code, count, timesteps FROM column_count WHERE \(condition)",
      arguments: arguments)
    while try codes.step() {
      let (place, code) = (Int(clamping: codes.int64(2)), Int(codes.int64(3)))
      guard shape.columns.indices.contains(place) else { continue }
      let kept = CodeCount(
        count: try codes.count(4, of: "column_count"), timesteps: try codes.count(5, of: "column_count"))
      try add(cell(codes)) { $0.counts[place].add(kept, of: code) }
    }
  }

  /// Adds these figures to those that are kept of a cell: the dataset's number, split and class.
  func keep(_ db: Database, _ cell: StatementArguments) throws {
    let found = try db.cachedStatement(
      sql: """
        SELECT count, missing, mean, m2, minimum, maximum FROM column_statistics
        WHERE dataset_id = ? AND split = ? AND class = ? AND "column" = ?
        """)
    let statement = try db.cachedStatement(
      sql: "INSERT OR REPLACE INTO column_statistics VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
    for (place, added) in moments.enumerated() where added.count + added.missing > 0 {
      try found.setArguments(cell + [place])
      let row = SQLStatement(bound: found)
      var total = try row.step() ? Moments(row, from: 0, of: "column_statistics") : Moments()
      row.reset()
      total.merge(added)
      try statement.execute(
        arguments: cell + [
          place, total.count, total.missing, total.mean, total.m2, total.minimum, total.maximum,
        ])
    }
    let counting = try db.cachedStatement(
      sql: """
        INSERT INTO column_count VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET count = count + excluded.count, timesteps = timesteps + excluded.timesteps
        """)
    for (place, counts) in counts.enumerated() {
      for (code, count) in counts.all {
        try counting.execute(arguments: cell + [place, code, count.count, count.timesteps])
      }
    }
  }
}
