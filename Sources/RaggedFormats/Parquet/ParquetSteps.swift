import RaggedCore
import RaggedParquet

extension TableSequence {
  /// Adds rows of a batch as timesteps, without their text: as the text of each would be read.
  ///
  /// That takes rows whose id and constant cells are those of the row before, and whose other cells are what they are mostly:
  /// numbers that need no note, names that are text, times of the form of those before.
  /// - Parameters:
  ///   - rows: behind the first of the batch, and the row before them belongs to this sequence.
  ///   - line: of the row before them.
  ///   - none: an address for a slice of no bytes.
  /// - Returns: how many were added, from the first on.
  mutating func append(
    _ rows: Range<Int>, of batch: ParquetBatch, _ forms: [ParquetCellForm], _ plan: PlainRow, line: Int,
    none: UnsafePointer<UInt8>
  ) -> Int {
    guard length > 0, !isEmptyRow, rows.lowerBound > 0, plan.columns.count == batch.columns.count, plan.point == 0x2E,
      cells.form.isPlain
    else { return 0 }
    var count = rows.count
    // The id first: behind it no more rows are looked at than the sequence has.
    for isID in [true, false] {
      for (place, role) in plan.columns.enumerated() where count > 0 {
        switch role {
        case .id where isID, .constant where !isID:
          count = batch.columns[place].repeated(from: rows.lowerBound, count)
        case .blank where !isID: count = batch.columns[place].missing(from: rows.lowerBound, count)
        case .unused where !isID: count = batch.columns[place].readable(from: rows.lowerBound, count, none)
        default: break
        }
      }
    }
    guard count > 0 else { return 0 }
    let before = StepMark(self)
    var (feature, truths, time) = (0, [Bool](), Int?.none)
    let featureCount = layout.features.count
    values.append(contentsOf: repeatElement(0, count: count * featureCount))
    for (place, role) in plan.columns.enumerated() where count > 0 {
      let rows = StepRows(batch.columns[place], forms[place], rows.lowerBound, count, none)
      switch role {
      case .id, .constant, .blank, .unused: break
      case .feature, .features:
        count = rows.numbers(
          to: &values, from: before.values + feature, stride: featureCount, mayRound: rounded.has(place))
        feature += 1
      case .number(let column):
        numberCells[column].append(contentsOf: repeatElement(0, count: count))
        count = rows.numbers(to: &numberCells[column], from: length, stride: 1, mayRound: rounded.has(place))
      case .stepValue: count = appendValues(rows, before, place)
      case .category(let column): count = appendNames(rows, column, trims: plan.trims)
      case .moment(let column): count = appendTimes(rows, column)
      case .stepLabel: count = appendLabels(rows)
      case .valid: count = rows.truths(&truths)
      case .time: time = place
      }
    }
    // The order of the rows knows of those alone that are taken.
    if let time, count > 0 {
      count = appendOrder(StepRows(batch.columns[time], forms[time], rows.lowerBound, count, none), line: line)
    }
    cut(to: before, count, featureCount)
    if validity == nil, truths.prefix(count).contains(false) { validity = Array(repeating: true, count: length) }
    validity?.append(contentsOf: truths.isEmpty ? Array(repeating: true, count: count) : Array(truths.prefix(count)))
    length += count
    return count
  }

  /// What there was before rows were added.
  private struct StepMark {
    let values, stepValues, labels, length: Int

    init(_ sequence: TableSequence) {
      (values, stepValues) = (sequence.values.count, sequence.stepValues.count)
      (labels, length) = (sequence.labels.count, sequence.length)
    }
  }

  /// Takes away what was added behind so many rows.
  private mutating func cut(to mark: StepMark, _ count: Int, _ featureCount: Int) {
    func cut<Cell>(_ cells: inout [Cell], to wanted: Int) {
      if cells.count > wanted { cells.removeLast(cells.count - wanted) }
    }
    cut(&values, to: mark.values + count * featureCount)
    cut(&stepValues, to: mark.stepValues + count * layout.target.count)
    labels.cut(to: mark.labels + count)
    for place in numberCells.indices { cut(&numberCells[place], to: mark.length + count) }
    for place in codeCells.indices { cut(&codeCells[place], to: mark.length + count) }
    for place in timeCells.indices { cut(&timeCells[place], to: mark.length + count) }
  }

  private mutating func appendValues(_ rows: StepRows, _ mark: StepMark, _ place: Int) -> Int {
    let width = layout.target.count
    guard let column = layout.target.firstIndex(of: place) else { return 0 }
    if stepValues.count == mark.stepValues {
      stepValues.append(contentsOf: repeatElement(0, count: rows.count * width))
    }
    return rows.numbers(
      to: &stepValues, from: mark.stepValues + column, stride: width, mayRound: rounded.has(place))
  }

  private mutating func appendNames(_ rows: StepRows, _ column: Int, trims: Bool) -> Int {
    var last: (text: Int32, code: Int32)?
    return rows.texts { cell, text in
      if let last, let text, last.text == text {
        codeCells[column].append(last.code)
        return true
      }
      if trims, cell.hasBlankEnd { return false }
      var code = nameCodes[column].code(known: cell)
      if code == nil {
        // Line endings take lines.
        guard cell.firstInvalidUTF8 == nil, cell.firstIndex(of: 0x0A) == nil, cell.firstIndex(of: 0x0D) == nil else {
          return false
        }
        code = nameCodes[column].code(cell, isMissing: cells.isMissingText)
      }
      guard let code else { return false }
      codeCells[column].append(code)
      if let text { last = (text, code) }
      return true
    }
  }

  private mutating func appendLabels(_ rows: StepRows) -> Int {
    rows.texts { cell, _ in
      if let known = knownLabels.firstIndex(where: { cell.equals($0.text.bytes) }) {
        labels.append(code: Int32(known + 1))
        return true
      }
      guard cells.isMissingClass(cell) else { return false }
      labels.append(code: 0)
      return true
    }
  }

  private mutating func appendTimes(_ rows: StepRows, _ column: Int) -> Int {
    let format = timeFormats[column]
    return rows.times(format) { point in
      guard let point else {
        timeCells[column].append(ColumnPlanes.missingTime)
        return true
      }
      guard let time = point.microseconds(format.unit) else { return false }
      timeCells[column].append(time)
      return true
    }
  }

  private mutating func appendOrder(_ rows: StepRows, line: Int) -> Int {
    var line = line
    return rows.times(order.format) { point in
      line += 1
      guard let point, let time = orderPlace == nil ? 0 : point.microseconds(order.format.unit) else { return false }
      switch point {
      case .number(let number):
        guard let course = order.order(of: number) else { return false }
        order.take(number, order: course, line: line)
      case .calendar(let time): guard order.accepts(time, line: line) else { return false }
      case .long: return false
      }
      if let orderPlace { timeCells[orderPlace].append(time) }
      return true
    }
  }
}

extension ParquetColumnBatch {
  /// How many rows from one on, at most so many, hold the same as the row before them.
  fileprivate func repeated(from first: Int, _ count: Int) -> Int {
    guard lists.isEmpty else { return 0 }
    func rows(_ isSame: (Int) -> Bool) -> Int {
      for row in first..<first + count
      where presence.isPresent(row) != presence.isPresent(row - 1) || !isSame(row) { return row - first }
      return count
    }
    switch values {
    case .boolean(let values): return rows { values[$0] == values[$0 - 1] }
    case .int32(let values): return rows { values[$0] == values[$0 - 1] }
    case .int64(let values): return rows { values[$0] == values[$0 - 1] }
    case .uint64(let values): return rows { values[$0] == values[$0 - 1] }
    case .float(let values): return rows { values[$0].bitPattern == values[$0 - 1].bitPattern }
    case .double(let values): return rows { values[$0].bitPattern == values[$0 - 1].bitPattern }
    case .bytes(let texts): return texts.withAll { bytes in rows { bytes.areEqual($0, $0 - 1) } }
    }
  }

  /// How many rows from one on, at most so many, hold nothing.
  fileprivate func missing(from first: Int, _ count: Int) -> Int {
    guard lists.isEmpty else { return 0 }
    for row in first..<first + count where presence.isPresent(row) { return row - first }
    return count
  }

  /// How many rows from one on, at most so many, hold no bytes that are no text on one line.
  fileprivate func readable(from first: Int, _ count: Int, _ none: UnsafePointer<UInt8>) -> Int {
    guard lists.isEmpty else { return 0 }
    guard case .bytes(let texts) = values else { return count }
    return texts.withAll { bytes in
      for row in first..<first + count {
        let cell = ByteSlice(bytes[row], none)
        if cell.firstInvalidUTF8 != nil || cell.firstIndex(of: 0x0A) != nil || cell.firstIndex(of: 0x0D) != nil {
          return row - first
        }
      }
      return count
    }
  }
}

extension ByteSlice {
  /// Bytes, which are at `none` where there are none.
  fileprivate init(_ bytes: UnsafeBufferPointer<UInt8>, _ none: UnsafePointer<UInt8>) {
    self.init(base: bytes.baseAddress ?? none, count: bytes.count)
  }
}

/// Rows of one column, read as the text of its cells would be. What is not plain ends them.
private struct StepRows {
  let column: ParquetColumnBatch
  let form: ParquetCellForm
  let first: Int
  let count: Int
  private let none: UnsafePointer<UInt8>

  init(_ column: ParquetColumnBatch, _ form: ParquetCellForm, _ first: Int, _ count: Int, _ none: UnsafePointer<UInt8>)
  {
    (self.column, self.form, self.first, self.count, self.none) = (column, form, first, count, none)
  }

  /// Calls `body` with each row and whether it holds a value, until it says no.
  /// - Returns: how many it said yes to.
  @inline(__always)
  private func each(_ body: (_ row: Int, _ isPresent: Bool) -> Bool) -> Int {
    guard let depths = column.presence.depths else {
      for row in first..<first + count where !body(row, true) { return row - first }
      return count
    }
    for row in first..<first + count where !body(row, depths[row] == column.presence.complete) { return row - first }
    return count
  }

  /// Writes numbers, NaN where there is none, at places that are there.
  /// - Parameter mayRound: whether it was said that the column has whole numbers which float32 does not hold.
  /// - Returns: how many rows that were.
  func numbers(to cells: inout [Float], from first: Int, stride: Int, mayRound: Bool) -> Int {
    guard form.isNumber, column.lists.isEmpty, cells.count > first + (count - 1) * stride else { return 0 }
    return cells.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return 0 }
      return numbers(to: base + first, stride: stride, mayRound: mayRound)
    }
  }

  private func numbers(to target: UnsafeMutablePointer<Float>, stride: Int, mayRound: Bool) -> Int {
    var place = 0
    func write(_ value: Float?) -> Bool {
      guard let value else { return false }
      target[place] = value
      place &+= stride
      return true
    }
    func whole<Number: FixedWidthInteger>(_ value: Number) -> Float? {
      let float = Float(value)
      return mayRound || Number(exactly: float) == value ? float : nil
    }
    switch column.values {
    case .boolean(let values): return each { write($1 ? values[$0] ? 1 : 0 : .nan) }
    case .int32(let values): return each { write($1 ? whole(values[$0]) : .nan) }
    case .int64(let values): return each { write($1 ? whole(values[$0]) : .nan) }
    case .uint64(let values): return each { write($1 ? whole(values[$0]) : .nan) }
    case .float(let values): return each { write($1 ? StepRows.plain(values[$0]) : .nan) }
    case .double(let values): return each { write($1 ? StepRows.plain(values[$0]) : .nan) }
    case .bytes: return 0
    }
  }

  /// The number that its text is read as; nil for an infinity, and a NaN of other bits than usual.
  @inline(__always)
  private static func plain(_ value: Float) -> Float? {
    if value.isFinite { return value }
    return value.magnitude.bitPattern == Float.nan.bitPattern ? .nan : nil
  }

  /// The same of a double: its text is nearer to it than any other double is, so it is on the same side of every middle between
  /// two floats. Where it is such a middle itself, or below the normal floats, its text is looked at.
  @inline(__always)
  private static func plain(_ value: Double) -> Float? {
    let float = Float(value)
    if value.magnitude >= 0x1p-126, float.isFinite, value.bitPattern & 0x1FFF_FFFF != 0x1000_0000 { return float }
    if value == 0 { return float }
    return value.magnitude.bitPattern == Double.nan.bitPattern ? .nan : nil
  }

  /// Calls `body` with each cell's text, empty where there is none, until it says no.
  /// - Parameter body: gets a number that only cells of this text have, where there is one.
  func texts(_ body: (_ cell: ByteSlice, _ text: Int32?) -> Bool) -> Int {
    guard column.lists.isEmpty else { return 0 }
    if case .bytes(let texts) = column.values, form == .text {
      return texts.withAll { bytes in
        guard let codes = bytes.codes else { return each { row, _ in body(ByteSlice(bytes[row], none), nil) } }
        return each { row, _ in body(ByteSlice(bytes[row], none), codes[row]) }
      }
    }
    var text = CellText()
    return each { row, isPresent in
      text.removeAll()
      if isPresent { text.append(column, form, row) }
      return text.bytes.withUnsafeBufferPointer { body(ByteSlice($0, none), nil) }
    }
  }

  /// Adds cells that are 0 or 1.
  func truths(_ truths: inout [Bool]) -> Int {
    func take(_ value: Bool?) -> Bool {
      guard let value else { return false }
      truths.append(value)
      return true
    }
    func truth(_ value: some FixedWidthInteger) -> Bool? { value == 0 ? false : value == 1 ? true : nil }
    guard column.lists.isEmpty, form.isNumber else { return 0 }
    switch column.values {
    case .boolean(let values): return each { take($1 ? values[$0] : nil) }
    case .int32(let values): return each { take($1 ? truth(values[$0]) : nil) }
    case .int64(let values): return each { take($1 ? truth(values[$0]) : nil) }
    case .uint64, .float, .double, .bytes: return 0
    }
  }

  /// Calls `body` with each time, nil where there is none, until it says no.
  func times(_ format: TimeFormat, _ body: (TimePoint?) -> Bool) -> Int {
    guard column.lists.isEmpty else { return 0 }
    switch (column.values, form) {
    case (.int32(let values), .date) where format.takesISO:
      return each { row, isPresent in
        if !isPresent { return body(nil) }
        return CalendarTime(days: Int64(values[row])).map { body(.calendar($0)) } ?? false
      }
    case (.int64(let values), .timestamp(let unit, let utc)) where format.takesISO:
      return each { row, isPresent in
        if !isPresent { return body(nil) }
        return CalendarTime(values[row], unit, utc: utc).map { body(.calendar($0)) } ?? false
      }
    case (.int32(let values), .integer) where format.takesNumbers:
      return each { body($1 ? .number(DecimalNumber(Int64(values[$0]))) : nil) }
    case (.int64(let values), .integer) where format.takesNumbers:
      return each { body($1 ? .number(DecimalNumber(values[$0])) : nil) }
    case (.float, .real) where format.takesNumbers, (.double, .real) where format.takesNumbers:
      return texts { cell, _ in
        if cell.isEmpty { return body(nil) }
        guard let number = cell.decimalNumber, !number.isTruncated else { return false }
        return body(.number(number))
      }
    default: return 0
    }
  }
}

extension CalendarTime {
  /// The days of years with four digits.
  private static let days: Range<Int64> = -719_162..<2_932_897

  /// A date by its days since 1970; nil where the year does not have four digits.
  fileprivate init?(days: Int64) {
    guard CalendarTime.days.contains(days) else { return nil }
    self.init(local: days * 86_400)
  }

  /// A point in time by parts of a second since 1970; nil where the year does not have four digits.
  fileprivate init?(_ count: Int64, _ unit: ParquetTimeUnit, utc: Bool) {
    var (seconds, part) = count.quotientAndRemainder(dividingBy: unit.perSecond)
    if part < 0 { (seconds, part) = (seconds - 1, part + unit.perSecond) }
    guard seconds >= CalendarTime.days.lowerBound * 86_400, seconds < CalendarTime.days.upperBound * 86_400 else {
      return nil
    }
    let perPart = 1_000_000_000_000_000_000 / UInt64(unit.perSecond)
    self.init(form: utc ? .zoned : .local, seconds: seconds, attoseconds: UInt64(part) * perPart)
  }
}

extension DecimalNumber {
  /// A whole number.
  fileprivate init(_ number: Int64) {
    (significand, isNegative) = (number.magnitude, number < 0)
  }
}
