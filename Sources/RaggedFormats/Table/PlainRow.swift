import RaggedCore

/// What stands in each column of a table whose rows can mostly be read in one pass; see
/// ``TableSequence/appendPlain(_:_:line:)``.
struct PlainRow {
  /// What a cell is for.
  enum Column {
    case id
    /// One of the cells that are the same in every row, by its place among them.
    case constant(Int)
    case time, valid, feature, stepValue, stepLabel, unused
    /// The first of so many features side by side.
    case features(Int)
    /// A cell of a further column, by its place among those of its kind.
    case number(Int)
    case category(Int)
    case moment(Int)
    /// A column that was left out because it is empty.
    case blank
  }

  let columns: [Column]
  let delimiter: UInt8
  /// What stands before the fraction of a number.
  let point: UInt8
  /// Whether blanks around cells are left out, so that a cell with some is not what it is written as.
  let trims: Bool

  /// nil where a column has two roles, where numbers do not stand in the order of their columns, or where the delimiter or
  /// a word for a missing value may be part of a number.
  init?(_ layout: TableLayout, options: TableOptions, dialect: TableDialect) {
    delimiter = dialect.delimiter
    (point, trims) = (dialect.form.point, dialect.trims)
    guard layout.tokens == nil, [0x09, 0x2C, 0x3B, 0x7C].contains(delimiter), delimiter != point else {  // tab , ; |
      return nil
    }
    guard options.missing.allSatisfy({ ($0.utf8.first ?? 0x3A) > 0x39 }) else { return nil }
    guard layout.features == layout.features.sorted(), layout.target == layout.target.sorted() else { return nil }
    var columns = layout.names.indices.map { _ in Column.unused }
    var taken: Set<Int> = []
    func assign(_ column: Int?, _ role: Column) -> Bool {
      guard let column else { return true }
      columns[column] = role
      return taken.insert(column).inserted
    }
    // Where they are not ordered by the time, it is one like others.
    guard layout.order == nil || layout.order == layout.time else { return nil }
    var isSingle = assign(layout.id, .id) && assign(layout.order, .time) && assign(layout.valid, .valid)
    for (position, column) in layout.constants.enumerated() {
      isSingle = assign(column, .constant(position)) && isSingle
    }
    for column in layout.features { isSingle = assign(column, .feature) && isSingle }
    switch layout.targetKind {
    case .classPerTimestep: isSingle = assign(layout.target[0], .stepLabel) && isSingle
    case .valuesPerTimestep: for column in layout.target { isSingle = assign(column, .stepValue) && isSingle }
    case nil, .classPerSequence, .valuesPerSequence: break
    }
    for (place, column) in layout.steps(.number).enumerated() { isSingle = assign(column, .number(place)) && isSingle }
    for (place, column) in layout.steps(.category).enumerated() {
      isSingle = assign(column, .category(place)) && isSingle
    }
    for (place, column) in layout.steps(.time).enumerated() where column != layout.order {
      isSingle = assign(column, .moment(place)) && isSingle
    }
    for column in layout.guesses.blanks { isSingle = assign(column, .blank) && isSingle }
    guard isSingle else { return nil }
    self.columns = PlainRow.joined(columns)
  }

  /// The same with features that stand side by side as one where the first of them is.
  private static func joined(_ columns: [Column]) -> [Column] {
    var columns = columns
    for place in columns.indices.reversed() {
      guard case .feature = columns[place], place + 1 < columns.count else { continue }
      switch columns[place + 1] {
      case .feature: columns[place] = .features(2)
      case .features(let count): columns[place] = .features(count + 1)
      default: break
      }
    }
    return columns
  }

  /// Whether a cell that was read without its quotes would be written in the same bytes without them.
  func isPlain(_ cell: [UInt8]) -> Bool {
    if trims, let first = cell.first, let last = cell.last,
      [0x20, 0x09].contains(first) || [0x20, 0x09].contains(last)
    {
      return false
    }
    return cell.first != 0x22 && !cell.contains(delimiter)
  }
}

extension TableSequence {
  /// Adds the timestep of a row in one pass over its bytes, without cutting it into cells.
  ///
  /// That takes a row of this sequence whose numbers, and no others, differ from the rows before: id and constant cells
  /// are compared byte by byte with those known, which are known to be text, and what is left are ASCII numbers, times in
  /// ASCII, and names that are ASCII or came before.
  /// - Returns: false where the row is anything else, faults included; nothing is added then.
  mutating func appendPlain(_ row: ByteSlice, _ plan: PlainRow, line: Int) -> Bool {
    guard isPlain, !isEmptyRow else { return false }
    let (before, stepBefore) = (values.count, stepValues.count)
    var time: (number: DecimalNumber, order: Int)?
    var date: CalendarTime?
    var counts = true
    var label: Int?
    var position = 0
    var isWhole = true
    var next = 0
    while next < plan.columns.count {
      let index = next
      next &+= 1
      // Behind the delimiter of the last cell, or nowhere.
      guard position <= row.count else {
        isWhole = false
        break
      }
      let start = position
      switch plan.columns[index] {
      case .id: isWhole = plainKey.pass(row, &position)
      case .constant(let place): isWhole = plainConstants[place].pass(row, &position)
      case .features(let count) where passNumbers(row, &position, count, plan): next = index &+ count
      case .feature, .features:
        if let value = row.quickFloat(at: &position, before: plan.delimiter, point: plan.point) {
          values.append(value)
          break
        }
        isWhole =
          row.passFloat(&position, plan.point, to: &values, mayRound: rounded.has(index))
          || length > 0 && row.passMissing(&position, from: start, plan.delimiter, to: &values)
      case .number(let place):
        if let value = row.quickFloat(at: &position, before: plan.delimiter, point: plan.point) {
          numberCells[place].append(value)
          break
        }
        isWhole =
          row.passFloat(&position, plan.point, to: &numberCells[place], mayRound: rounded.has(index))
          || length > 0 && row.passMissing(&position, from: start, plan.delimiter, to: &numberCells[place])
      case .category(let place):
        isWhole = passName(row, &position, place, plan)
      case .moment(let place):
        if timeFormats[place].takesISO, let time = days[place].time(row, &position, before: plan.delimiter) {
          timeCells[place].append(time.microseconds)
          break
        }
        let cell = row.cell(&position, plan.delimiter)
        guard let time = cells.point(cell, timeFormats[place])?.microseconds(timeFormats[place].unit) else {
          isWhole = false
          break
        }
        timeCells[place].append(time)
      case .stepValue: isWhole = row.passFloat(&position, plan.point, to: &stepValues, mayRound: rounded.has(index))
      case .stepLabel:
        label = knownLabel(row, &position, plan.delimiter)
        isWhole = label != nil
      case .time:
        if order.format.takesISO, let found = orderDay.time(row, &position, before: plan.delimiter) {
          date = found
          if let orderPlace { timeCells[orderPlace].append(found.microseconds) }
          break
        }
        guard order.format.takesNumbers, let number = DecimalNumber(row, at: &position, point: plan.point),
          position >= row.count || row.base[position] == plan.delimiter
        else {
          position = start
          let cell = row.cell(&position, plan.delimiter)
          guard let found = order.format.calendar(cell), found.form != .clock else {
            isWhole = false
            break
          }
          date = found
          if let orderPlace { timeCells[orderPlace].append(found.microseconds) }
          break
        }
        guard let course = order.order(of: number) else {
          isWhole = false
          break
        }
        time = (number, course)
        if let orderPlace {
          guard let found = number.scaled(by: order.format.unit.rawValue) else {
            isWhole = false
            break
          }
          timeCells[orderPlace].append(found)
        }
      case .valid:
        isWhole = position < row.count && row.base[position] & 0xFE == 0x30
        if isWhole { counts = row.base[position] == 0x31 }
        position &+= 1
      case .blank: isWhole = position >= row.count || row.base[position] == plan.delimiter
      case .unused: isWhole = row.passText(&position, before: plan.delimiter)
      }
      guard isWhole, position >= row.count || row.base[position] == plan.delimiter else {
        isWhole = false
        break
      }
      position &+= 1
    }
    if isWhole, position == row.count &+ 1, let date { isWhole = order.accepts(date, line: line) }
    guard isWhole, position == row.count &+ 1 else {
      values.removeLast(values.count - before)
      stepValues.removeLast(stepValues.count - stepBefore)
      for place in numberCells.indices { numberCells[place].removeLast(numberCells[place].count - length) }
      for place in codeCells.indices { codeCells[place].removeLast(codeCells[place].count - length) }
      for place in timeCells.indices { timeCells[place].removeLast(timeCells[place].count - length) }
      return false
    }
    if let time { order.take(time.number, order: time.order, line: line) }
    if let label { labels.append(code: Int32(label + 1)) }
    if !counts, validity == nil { validity = Array(repeating: true, count: length) }
    validity?.append(counts)
    length += 1
    return true
  }

  /// Passes over features side by side, all of which are written as most numbers are, with the delimiter or the end behind
  /// them; else over none.
  @inline(__always)
  private mutating func passNumbers(_ row: ByteSlice, _ position: inout Int, _ count: Int, _ plan: PlainRow) -> Bool {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { numbers in
      var end = position
      for place in 0..<count {
        guard end <= row.count,
          let value = row.quickFloat(at: &end, before: plan.delimiter, point: plan.point)
        else { return false }
        numbers[place] = value
        end &+= 1
      }
      // Behind the last stands what the caller looks for.
      position = end &- 1
      values.append(contentsOf: UnsafeBufferPointer(numbers))
      return true
    }
  }

  /// Passes over a name that came before, or is ASCII without quotes.
  @inline(__always)
  private mutating func passName(_ row: ByteSlice, _ position: inout Int, _ place: Int, _ plan: PlainRow) -> Bool {
    let start = position
    let cell = row.cell(&position, plan.delimiter)
    if cell.count > 0, cell.base[0] == 0x22 || plan.trims && cell.hasBlankEnd { return false }
    if let code = nameCodes[place].code(known: cell) {
      codeCells[place].append(code)
      return true
    }
    position = start
    guard row.passText(&position, before: plan.delimiter) else { return false }
    codeCells[place].append(nameCodes[place].code(cell, isMissing: cells.isMissingText))
    return true
  }

  /// Passes over a label that came before and returns its place among them.
  private func knownLabel(_ row: ByteSlice, _ position: inout Int, _ delimiter: UInt8) -> Int? {
    for (index, label) in knownLabels.enumerated() where label.isPlain {
      var end = position
      guard label.text.pass(row, &end), end == row.count || row.base[end] == delimiter else { continue }
      position = end
      return index
    }
    return nil
  }
}

extension ByteSlice {
  /// Passes over a number that is a float32, or, where it may be rounded, a whole one that float32 does not hold.
  @inline(__always)
  fileprivate func passFloat(
    _ position: inout Int, _ point: UInt8, to values: inout [Float], mayRound: @autoclosure () -> Bool
  ) -> Bool {
    guard let number = DecimalNumber(self, at: &position, point: point), let value = number.quickFloat else {
      return false
    }
    if number.significand > 1 << 24, number.isInteger, !number.isHeld, !mayRound() { return false }
    values.append(value)
    return true
  }

  /// Passes over a cell that is empty or a word for a missing value.
  @inline(never)
  fileprivate func passMissing(
    _ position: inout Int, from start: Int, _ delimiter: UInt8, to values: inout [Float]
  ) -> Bool {
    position = start
    guard cell(&position, delimiter).isMissingWord else { return false }
    values.append(.nan)
    return true
  }

  /// The cell that begins at a position, which moves to its end.
  @inline(__always)
  fileprivate func cell(_ position: inout Int, _ delimiter: UInt8) -> ByteSlice {
    let start = position
    position = end(from: start, before: delimiter)
    return ByteSlice(base: base + start, count: position &- start)
  }
}
