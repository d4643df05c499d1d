import RaggedCore

/// Which columns of a table hold lists, and what the others are.
struct ListColumns {
  let names: [String]
  let id: Int?
  /// The columns of the sequence in the table that this one stands for; nil for the key that is made.
  let places: [Int?]
  /// The columns of lists.
  let steps: [Int]
  let columns: SequenceTable.Columns
  /// The rows that were looked at.
  let rows: Int
  private let forms: [ListForm?]
  private let labels: Set<Int>
  private let labelSeparator: [UInt8]
  /// Stands between two labels in the table, and in no text.
  private static let labelSeparator = "\u{1F}"

  /// Finds the columns by what options name, and by the first rows.
  init(_ sample: TableHead, options: TableOptions, file: String) throws {
    let names = sample.names
    let resolver = TableLayoutResolver(names: names, options: options, file: file, line: sample.line)
    let found = ListSample(sample, options: options, named: (options.features ?? []).exactNames)
    var forms = found.forms
    let roles = options.roles
    let labels = Set(try options.labels.map { try resolver.column($0) })
    let named =
      [roles.id, roles.weight, roles.split, roles.group, options.metadataObject].compactMap { $0 } + options.metadata
      + options.statics + options.skipped
    for name in named { forms[try resolver.column(name)] = nil }
    let skipped = options.skipped.exactNames
    let open = Set(names.indices.filter { !names[$0].isEmpty && !skipped.contains(ExactName(names[$0])) })
    let steps = names.indices.filter { forms[$0] != nil && !labels.contains($0) }
    guard !steps.isEmpty else {
      throw resolver.fault("no column holds lists in the first rows; the columns are \(names.listedForMessage)")
    }
    let id =
      try roles.id.map { try resolver.column($0) } ?? names.place(of: TableOptions.idNames, where: open.contains)
    let target =
      try roles.target?.map { try resolver.column($0) }
      ?? names.place(of: TableOptions.targetNames) { open.contains($0) && !labels.contains($0) }.map { [$0] } ?? []
    let lists = Set(steps)
    let places = (id == nil ? [nil] : []) + names.indices.filter { open.contains($0) && !lists.contains($0) }.map { $0 }
    var columns = SequenceTable.Columns(
      constants: places.map { $0.map { names[$0] } ?? SequenceTable.madeKey }, steps: steps.map { names[$0] },
      id: id.map { names[$0] } ?? SequenceTable.madeKey, target: target.map { names[$0] })
    if let time = options.time {
      if time != "" { columns.time = names[try resolver.column(time)] }
    } else {
      columns.time = names.place(of: TableOptions.timeNames, where: lists.contains).map { names[$0] }
    }
    if !target.isEmpty, target.allSatisfy(lists.contains) {
      columns.targetKind = found.hasFractions(target) ? .valuesPerTimestep : .classPerTimestep
    }
    (self.names, self.id, self.places, self.steps, self.columns) = (names, id, places, steps, columns)
    (self.forms, self.labels, rows) = (forms, labels, found.rows)
    labelSeparator = Array((options.labelSeparator ?? TableOptions.defaultLabelSeparator).utf8)
  }

  /// Options for the table that this one stands for.
  func tableOptions(_ given: TableOptions) -> TableOptions {
    var options = given
    options.skipped = []
    options.labelSeparator = ListColumns.labelSeparator
    return options
  }

  /// Cuts the lists of a row.
  /// - Returns: their length.
  func cut(_ cells: [ByteSlice], into items: inout [[ByteSlice]], _ lines: LineReader) throws -> Int {
    var length: (count: Int, column: Int)?
    for (place, column) in steps.enumerated() {
      items[place].removeAll(keepingCapacity: true)
      guard let form = forms[column], !cells[column].listTrimmed.isMissingWord else { continue }
      // Escapes are taken away where they stand.
      let shown = cells[column].slice(0..<min(cells[column].count, 160)).array
      do { try ListCells.cut(cells[column], form, into: &items[place]) } catch {
        let text = String(decoding: shown, as: UTF8.self).quotedForMessage
        throw lines.fault("column \(names[column].quotedForMessage) is \(text), \(error.text)")
      }
      guard let known = length else {
        length = (items[place].count, column)
        continue
      }
      guard known.count == items[place].count else {
        var error = lines.fault(
          "the lists of a row differ in length: column \(names[known.column].quotedForMessage) has "
            + "\(known.count.counted("item")), \(names[column].quotedForMessage) has \(items[place].count)")
        error.remedy = .takeAsLabels([names[column]])
        throw error
      }
    }
    return length?.count ?? 0
  }

  /// Takes over the cells of the sequence.
  func takeConstants(
    _ cells: [ByteSlice], _ row: inout [ByteSlice], _ key: RowKey, _ texts: CellArena, _ lines: LineReader
  ) throws {
    for (index, place) in places.enumerated() {
      guard let place else {
        row[index] = key.cell
        continue
      }
      row[index] = labels.contains(place) ? try labelCell(cells[place], place, texts, lines) : cells[place]
    }
  }

  /// A cell of labels, however they are written, as the table has it.
  private func labelCell(
    _ cell: ByteSlice, _ column: Int, _ texts: CellArena, _ lines: LineReader
  ) throws -> ByteSlice {
    if cell.listTrimmed.isMissingWord { return cell }
    if let form = forms[column] {
      var items: [ByteSlice] = []
      let shown = cell.quoted
      do { try ListCells.cut(cell, form, into: &items) } catch {
        throw lines.fault("column \(names[column].quotedForMessage) is \(shown), \(error.text)")
      }
      return texts.cell(items, separator: 0x1F)
    }
    return texts.cell(cell.parts(between: labelSeparator), separator: 0x1F)
  }

  /// A column of a timestep in which a word for nothing is as good as an empty cell.
  func columnOfNothing(_ table: SequenceTable) -> Int? {
    let layout = table.layout
    if layout.tokens != nil || layout.time != nil { return nil }
    return layout.features.first ?? layout.steps(.category).first ?? layout.steps(.number).first
  }
}

/// What the first rows say of lists in columns.
struct ListSample {
  private(set) var rows = 0
  private var columns: [Column]
  private let isGiven: Bool

  private struct Column {
    var cells = 0
    var brackets = 0
    var hasCommas = false
    /// Whether every item between blanks is a number or in quotes.
    var hasPlainItems = true
    /// What may stand between the numbers of every cell that is not one number alone, and whether there is such a cell.
    var separators = ListSample.candidates
    var isSeen = false
    /// Cells of more than one number, and the items of the shortest and of the longest.
    var plural = 0
    var lengths = (least: Int.max, most: 0)
    var hasFractions = false
    var isNamed: Bool

    mutating func note(length: Int) { lengths = (min(lengths.least, length), max(lengths.most, length)) }
  }

  private static let candidates: [UInt8] = [0x2C, 0x3B, 0x7C, 0x20]  // , ; | blank
  private let separator: UInt8?
  private let form: NumberForm

  /// - Parameter named: columns that are to hold lists, whatever they look like.
  init(_ sample: TableHead, options: TableOptions, named: Set<ExactName> = []) {
    isGiven = options.layout == .lists
    separator = options.listSeparator?.utf8.first
    form = sample.dialect.form
    // The decimal comma parts no items.
    let separators = ListSample.candidates.filter { [point = form.point] in $0 != point }
    columns = sample.names.map { Column(separators: separators, isNamed: named.contains(ExactName($0))) }
    sample.forEachRow(withHeader: !options.hasHeader) { cells, _ in
      guard cells.count == columns.count else { return }
      rows += 1
      for index in cells.indices { take(cells[index], index) }
    }
  }

  private mutating func take(_ cell: ByteSlice, _ index: Int) {
    let text = cell.listTrimmed
    if text.isMissingWord { return }
    columns[index].cells += 1
    if let inner = text.betweenBrackets, text[0] == 0x5B || inner.isRowOfNumbers {
      columns[index].brackets += 1
      if inner.firstIndex(of: 0x2C) != nil { columns[index].hasCommas = true }
      var items: [ByteSlice] = []
      ListSample.separate(inner, 0x20, &items)
      if !items.allSatisfy({ $0.isNumberOrQuoted }) { columns[index].hasPlainItems = false }
      if inner.firstIndex(of: 0x2E) != nil { columns[index].hasFractions = true }
    } else if isGiven, !columns[index].separators.isEmpty {
      if text.firstIndex(of: 0x2E) != nil { columns[index].hasFractions = true }
      if let separator {
        if text.firstIndex(of: separator) != nil { columns[index].isSeen = true }
      } else if form.number(text) == nil {
        columns[index].isSeen = true
        var count = 0
        columns[index].separators.removeAll { [form] candidate in
          guard text.firstIndex(of: candidate) != nil else { return true }
          var items: [ByteSlice] = []
          ListSample.separate(text, candidate, &items)
          guard items.allSatisfy({ $0.isEmpty || form.number($0) != nil }) else { return true }
          if count == 0 { count = items.count }
          return false
        }
        if count > 1 { columns[index].plural += 1 }
        columns[index].note(length: count)
      } else {
        columns[index].note(length: 1)
      }
    }
  }

  private static func separate(_ text: ByteSlice, _ separator: UInt8, _ items: inout [ByteSlice]) {
    try? ListCells.cut(text, .separated(separator), into: &items)
  }

  /// Whether all cells of a column are lists in brackets.
  var hasBrackets: Bool { columns.contains { $0.cells > 0 && $0.brackets == $0.cells } }

  /// How each column holds lists, nil where it holds none.
  var forms: [ListForm?] {
    columns.map { column in
      guard column.cells > 0 else { return nil }
      if column.brackets == column.cells {
        return .brackets(hasCommas: column.hasCommas || !column.hasPlainItems)
      }
      if column.brackets > 0 {
        let isMeant = column.isNamed || isGiven && column.brackets * 2 > column.cells
        return isMeant ? .brackets(hasCommas: column.hasCommas || !column.hasPlainItems) : nil
      }
      guard column.isSeen || column.isNamed else { return nil }
      return (separator ?? column.separators.first).map { .separated($0) }
    }
  }

  /// Whether lists of these columns hold numbers with a point.
  func hasFractions(_ places: [Int]) -> Bool { places.contains { columns[$0].hasFractions } }

  /// The columns whose cells are numbers side by side, which may be lists.
  static func doubtful(_ sample: TableHead, options: TableOptions) -> [Int] {
    let found = ListSample(asked: sample, options)
    let forms = found.forms
    return found.columns.indices.filter { found.columns[$0].brackets == 0 && forms[$0] != nil }
  }

  /// The columns whose cells are all numbers side by side, most of them more than one, and whether they differ in length.
  static func sure(_ sample: TableHead, options: TableOptions) -> [(column: Int, differs: Bool)] {
    let found = ListSample(asked: sample, options)
    // One row is no proof.
    guard found.rows > 1 else { return [] }
    let forms = found.forms
    return found.columns.indices.compactMap { index in
      let column = found.columns[index]
      guard column.brackets == 0, forms[index] != nil, column.plural * 2 > column.cells else { return nil }
      return (index, column.lengths.least < column.lengths.most)
    }
  }

  private init(asked sample: TableHead, _ options: TableOptions) {
    var asked = options
    asked.layout = .lists
    self.init(sample, options: asked)
  }
}

extension ByteSlice {
  /// Whether it is numbers with commas between them, more than one.
  fileprivate var isRowOfNumbers: Bool {
    guard firstIndex(of: 0x2C) != nil else { return false }
    var items: [ByteSlice] = []
    try? ListCells.cut(self, .separated(0x2C), into: &items)
    if items.last?.isEmpty == true { items.removeLast() }
    return items.allSatisfy { $0.decimalNumber != nil }
  }

  fileprivate var isNumberOrQuoted: Bool {
    if isMissingWord || decimalNumber != nil { return true }
    return count >= 2 && (self[0] == 0x22 || self[0] == 0x27) && self[0] == self[count - 1]
  }
}
