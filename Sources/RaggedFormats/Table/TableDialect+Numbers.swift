import RaggedCore

/// What the cells of a column of numbers say of how they are written.
private struct NumberColumn {
  let name: String
  var isNumeric: Bool
  /// Every shape, with a cell that has it.
  var shapes: [NumberShape: (text: String, line: Int)] = [:]

  init(_ name: String, isNumeric: Bool) { (self.name, self.isNumeric) = (name, isNumeric) }

  /// Whether a cell can be read in one way only.
  var isSure: Bool { shapes.keys.contains { !$0.isAmbiguous } }

  /// The first cell that numbers of this form do not include.
  func exception(to form: NumberForm) -> (text: String, line: Int)? {
    shapes.filter { !$0.key.fits(form) }.map(\.value).min { $0.line < $1.line }
  }
}

extension TableDialect {
  /// Finds how numbers are written, for the table as a whole.
  /// - Throws: ``InputError`` where that can be read in two ways, or columns are at odds.
  mutating func findNumbers(_ head: TableHead, file: String, _ options: TableOptions) throws {
    let given = (decimal: options.decimal?.utf8.first, thousands: options.thousands)
    form = NumberForm(
      point: given.decimal ?? (given.thousands == "." ? 0x2C : 0x2E), thousands: given.thousands?.utf8.first)
    if given.decimal != nil, given.thousands != nil { return }
    // What stands between the numbers of a list may look like a mark within one.
    if options.layout == .lists { return }
    guard form.point == 0x2C || head.mayHaveMarks else { return }
    let candidates = NumberForm.all.filter {
      (given.decimal == nil || $0.point == form.point) && (given.thousands == nil || $0.thousands == form.thousands)
    }
    let columns = numberColumns(head, options)
    var fitting = candidates.filter { form in columns.allSatisfy { $0.exception(to: form) == nil } }
    if fitting.contains(form), form.thousands == nil || given.thousands != nil { return }
    fitting = fitting.filter { form in
      form.thousands == nil || !fitting.contains { $0.point == form.point && $0.thousands == nil }
    }
    guard let found = fitting.first else {
      if given.decimal == nil, given.thousands == nil { try refuse(columns, file) }
      return
    }
    let unsure = columns.filter { !$0.shapes.isEmpty && !$0.isSure }
    let isProven =
      found.thousands == nil || given.thousands != nil
      || columns.contains { column in
        column.shapes.keys.contains { $0.readings.count == 1 && $0.readings[0].thousands == found.thousands }
      }
    if fitting.contains(where: { $0.thousands != found.thousands }) || !isProven, let column = unsure.first,
      let cell = column.shapes.first(where: { $0.key.isAmbiguous })
    {
      throw InputError(
        file: file, line: cell.value.line,
        problem:
          "column \(column.name.quotedForMessage) is \(cell.value.text.quotedForMessage), and no other number says "
          + "whether that is a decimal mark or parts thousands",
        isFatal: true, remedy: .sayNumberMarks(cell.key.marks))
    }
    let cell = columns.compactMap { column in column.exception(to: form).map { (column.name, $0) } }
      .min { $0.1.line < $1.1.line }
    form = found
    guard let cell else { return }
    notes.append(
      InputNote(
        "numbers are read \(found.words): column \(cell.0.quotedForMessage) is \(cell.1.text.quotedForMessage)",
        remedy: .overruleNumberMarks))
  }

  /// - Throws: the error for columns of which no form reads all.
  private func refuse(_ columns: [NumberColumn], _ file: String) throws {
    let sure = columns.flatMap { column in
      column.shapes.filter { !$0.key.isAmbiguous }.map { (name: column.name, shape: $0.key, cell: $0.value) }
    }.sorted { $0.cell.line < $1.cell.line }
    guard let first = sure.first,
      let second = sure.first(where: { other in
        !NumberForm.all.contains { first.shape.fits($0) && other.shape.fits($0) }
      })
    else { return }
    throw InputError(
      file: file, line: second.cell.line,
      problem: "column \(second.name.quotedForMessage) is \(second.cell.text.quotedForMessage), but column "
        + "\(first.name.quotedForMessage) is \(first.cell.text.quotedForMessage) in line \(first.cell.line): expected "
        + "numbers with one decimal mark",
      isFatal: true, remedy: .sayNumberMarks(first.shape.marks + second.shape.marks))
  }

  /// The columns that hold numbers, in one form or another, in the first rows.
  private func numberColumns(_ head: TableHead, _ options: TableOptions) -> [NumberColumn] {
    let texts = TableDialect.textNames(options, head.names)
    let missing = options.missing.map { Array($0.utf8) }
    // Rows that are sequences may end early.
    let mayEndEarly = options.layout == .wide || options.channelOrder != nil
    var columns = head.names.map { NumberColumn($0, isNumeric: !texts.contains(ExactName($0))) }
    head.forEachRow { cells, line in
      guard cells.count == columns.count || mayEndEarly else { return }
      for (index, cell) in cells.prefix(columns.count).enumerated() where columns[index].isNumeric {
        let cell = cell.trimmed
        if cell.isMissingMark || missing.contains(where: { cell.equals($0) }) { continue }
        guard let shape = NumberShape(cell) else {
          columns[index].isNumeric = cell.isNotFinite
          continue
        }
        if !shape.readings.isEmpty, columns[index].shapes[shape] == nil {
          columns[index].shapes[shape] = (cell.text, line)
        }
      }
    }
    return columns.filter { $0.isNumeric && !$0.shapes.isEmpty }
  }

  /// The columns that options or names say to be text.
  private static func textNames(_ options: TableOptions, _ names: [String]) -> Set<ExactName> {
    let single = [options.roles.split, options.roles.group, options.metadataObject]
    var result =
      options.categories + options.labels + options.metadata + options.skipped + single.compactMap { $0 }
    let id =
      options.roles.id
      ?? TableOptions.idNames.lazy.compactMap { known in
        names.first { $0.lowercased() == known }
      }.first
    if let id { result.append(id) }
    if options.tokens?.unit != nil { result += options.features ?? [] }
    if options.roles.targetKind?.isClass == true || options.roles.classes != nil {
      result += options.roles.target ?? []
    }
    return result.exactNames
  }
}

extension TableHead {
  /// Whether a cell holds a mark beside the point that may be part of a number.
  fileprivate var mayHaveMarks: Bool { hasByte { [0x2C, 0x20, 0x27, 0xC2, 0xE2].contains($0) } }
}

extension NumberShape {
  /// The marks that each reading of the cell asks for.
  var marks: [NumberMarks] {
    readings.map { need in
      let thousands = need.thousands.map { String(UnicodeScalar($0)) }
      let point = need.point ?? (need.thousands == 0x2E ? 0x2C : 0x2E)
      return NumberMarks(decimal: String(UnicodeScalar(point)), thousands: thousands)
    }
  }
}
