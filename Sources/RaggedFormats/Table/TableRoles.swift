import RaggedCore

/// What a table's layout was guessed from, as far as later rows may contradict it.
struct TableGuesses: Equatable {
  /// Columns that were left out because they are empty: a number there later is an error.
  var blanks: [Int] = []
  /// Columns that were left out because they count the rows: one that begins again is an error.
  var counters: [Int] = []
  /// Whether the target was taken for classes because its cells are whole numbers.
  var hasWholeClasses = false
  /// Whether the target was taken for values because its cells are numbers.
  var hasValues = false
  /// Whether an accepted missing value would leave no valid timestep: no hint is given then.
  var hidesMissingHint = false
  /// Features whose rounding was noted.
  var rounded: Set<Int> = []
  /// The rows in which all times fall, in words.
  var falling: String?
  /// What a user should know before rows are read.
  var notes: [InputNote] = []
  /// What the rows looked at are called.
  var extent = ""
}

extension TableLayoutResolver {
  /// Completes a layout by the first rows.
  func completed(_ header: TableLayout, sample: TableSample) throws -> TableLayout {
    var layout = header
    var sample = sample
    sample.fit(names.count)
    layout.guesses.extent = sample.extent
    if options.features == nil, layout.tokens == nil { try findFeatures(&layout, sample) }
    findTargetKind(&layout, sample)
    layout.guesses.hidesMissingHint = sample.lacksValue(in: layout.tokens == nil ? layout.features : [])
    guard options.time != "" else { return layout }
    if let time = layout.time {
      let column = sample.columns[time]
      if column.falls > 1, column.rises == 0 {
        layout.guesses.falling = sample.extent
      }
    } else {
      noteTimes(&layout, sample)
    }
    return layout
  }

  private func findFeatures(_ layout: inout TableLayout, _ sample: TableSample) throws {
    var used = Set([layout.id] + layout.target + layout.metadata)
    used.formUnion([layout.weight, layout.time, layout.valid, layout.split, layout.group].compactMap { $0 })
    if let column = layout.metadataObject { used.insert(column) }
    var leftOut: [String] = []
    func leave(_ index: Int, _ reason: String) {
      leftOut.append("\(place(index)) \(reason), so it is no feature")
    }
    for index in names.indices where !used.contains(index) {
      let column = sample.columns[index]
      if sample.isEmpty(index) {
        layout.guesses.blanks.append(index)
        if !isNameless(index) { leave(index, "is empty in \(sample.extent)") }
      } else if column.numbers == 0 || column.numbers < column.texts {
        guard column.numbers > 0 || column.texts == 0 else { continue }
        leave(
          index,
          column.numbers > 0
            ? "holds \(column.numbers.counted("number")) and \(column.texts.counted("text")) in \(sample.extent)"
            : "holds no number in \(sample.extent)")
      } else if isNameless(index) {
        leave(index, sample.countsRows(index) ? "has no name and counts the rows" : "has no name")
      } else if sample.countsRows(index) {
        layout.guesses.counters.append(index)
        leave(index, "counts the rows of the file")
      } else if let number = column.unheld, column.falls == 0, column.rises > 0 {
        let reason = "never falls and holds \(number.quotedForMessage), which float32 cannot hold"
        if layout.time == nil, options.time == nil, column.times == sample.rows {
          layout.time = index
          layout.guesses.notes.append(
            InputNote("\(place(index)) \(reason), so it is taken for the time", remedy: .takeAsFeature))
        } else {
          leave(index, reason)
        }
      } else {
        layout.features.append(index)
        if let number = column.unheld {
          layout.guesses.rounded.insert(index)
          layout.guesses.notes.append(
            "\(place(index)) holds \(number.quotedForMessage), which float32 cannot hold: as a feature it is rounded")
        }
      }
    }
    for feature in layout.features { _ = try column(names[feature]) }
    guard !layout.features.isEmpty else {
      var error = fault("no column is left that holds numbers; the columns are \(names.listedForMessage)")
      if !leftOut.isEmpty { error.remedy = .nameLeftOut(leftOut) }
      throw error
    }
    layout.guesses.notes = leftOut.map { InputNote($0, remedy: .nameAsFeature) } + layout.guesses.notes
  }

  private func findTargetKind(_ layout: inout TableLayout, _ sample: TableSample) {
    guard let first = layout.target.first else { return }
    if let kind = options.roles.targetKind {
      layout.targetKind = kind
      return
    }
    if layout.target.count > 1 {
      layout.targetKind = .valuesPerSequence
      return
    }
    let column = sample.columns[first]
    guard options.roles.classes == nil, column.reals > 0, column.texts == 0 else {
      layout.targetKind = .classPerSequence
      layout.guesses.hasWholeClasses = options.roles.classes == nil && column.numbers > 0 && column.texts == 0
      return
    }
    layout.targetKind = .valuesPerSequence
    layout.guesses.hasValues = true
    if column.reals == column.wholeReals {
      layout.guesses.notes.append(
        InputNote(
          "\(place(first)) holds whole numbers written with a point and is taken for a value",
          remedy: .takeTargetAs(.classPerSequence)))
    }
  }

  /// Says where times stand that no order is checked by.
  private func noteTimes(_ layout: inout TableLayout, _ sample: TableSample) {
    var used = Set([layout.id] + layout.features + layout.target + layout.metadata)
    used.formUnion([layout.weight, layout.valid, layout.split, layout.group, layout.metadataObject].compactMap { $0 })
    for index in names.indices where !used.contains(index) {
      let column = sample.columns[index]
      guard column.times == sample.rows, column.numbers == 0, sample.rows > 0 else { continue }
      let course = column.falls > 1 && column.rises == 0 ? ", which fall throughout \(sample.extent)" : ""
      layout.guesses.notes.append(
        InputNote(
          "\(place(index)) holds times\(course), and no order is checked by it",
          remedy: .checkTimes(column: names[index])))
    }
  }

  /// A column without a name, or with the one that pandas gives it then.
  private func isNameless(_ index: Int) -> Bool {
    let name = names[index].trimmingBlanks
    guard name.hasPrefix("Unnamed: ") else { return name.isEmpty }
    // "Unnamed: 0", "Unnamed: 0.1", "Unnamed: 0_level_0".
    return name.dropFirst(9).first?.isNumber == true
  }

  private func place(_ index: Int) -> String {
    names[index].trimmingBlanks.isEmpty ? "column \(index + 1)" : "column \(names[index].quotedForMessage)"
  }
}

extension String {
  fileprivate var trimmingBlanks: Substring {
    var rest = self[...]
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return rest
  }
}
