import RaggedCore

/// Which column of a long table means what.
struct TableLayout {
  /// The names of all columns.
  var names: [String]
  /// The column of the key; nil where rows have none, so that all of the file or of a block are one sequence.
  var id: Int?
  var features: [Int] = []
  var target: [Int] = []
  var targetKind: TargetKind?
  var weight: Int?
  var time: Int?
  var valid: Int?
  var split: Int?
  var group: Int?
  var metadata: [Int] = []
  /// The column of whole metadata.
  var metadataObject: Int?
  /// Whether the one feature column holds a token per timestep: its text, cut in this way, or its number.
  var tokens: TokenForm?
  var targetNames: [String]?
  /// Further columns, in the order of the file, and where each stands.
  var further: [(index: Int, column: Column)] = []
  /// The column by which the rows of a sequence are ordered.
  var order: Int?
  /// How times are written, by their columns, and the column that orders the rows.
  var timeFormats: [Int: TimeFormat] = [:]
  /// Whether a row without an id belongs to the one above.
  var fillsIDs = false
  /// What of all this was guessed.
  var guesses = TableGuesses()

  /// Whether blank lines end a sequence.
  var hasBlocks = false

  /// Columns whose cells must be the same in every row of a sequence.
  var constants: [Int] {
    let perSequence = targetKind == .classPerSequence || targetKind == .valuesPerSequence ? target : []
    return perSequence + [weight, split, group, metadataObject].compactMap { $0 } + metadata
      + further.filter { $0.column.extent != .timestep }.map(\.index)
  }

  /// The further columns of a kind with a cell per timestep.
  func steps(_ kind: Column.Kind) -> [Int] {
    further.filter { $0.column.kind == kind && $0.column.extent == .timestep }.map(\.index)
  }

  /// The columns that have a role.
  var used: Set<Int> {
    Set(features + target + metadata + further.map(\.index)).union(
      [id, weight, time, valid, split, group, metadataObject].compactMap { $0 })
  }

  /// What the file says of its sequences.
  func description(classes: [String]?) -> InputDescription {
    InputDescription(
      input: InputDescription.Input(tokens, features: features.map { names[$0] }),
      target: InputDescription.Target(
        targetKind, classes: classes, values: targetNames ?? target.map { names[$0] }),
      columns: further.map(\.column),
      classColumn: targetKind?.isClass == true ? names[target[0]] : SequenceSignature.classColumn)
  }

  /// Each role with its columns, in words: `id: "key"; features: "ax", "ay"; …`.
  var summary: String {
    let whole = hasBlocks ? "file and number of the block" : "none, so that all rows of a file are one sequence"
    var parts = ["id: \(id.map { quoted([$0]) } ?? whole)"]
    if !features.isEmpty { parts.append("\(tokens.inputRole): \(quoted(features))") }
    if let targetKind { parts.append("target (\(targetKind.rawValue)): \(quoted(target))") }
    let others = [("weight", weight), ("time", time), ("valid", valid), ("split", split), ("group", group)]
    for (role, column) in others { if let column { parts.append("\(role): \(quoted([column]))") } }
    let allMetadata = metadata + [metadataObject].compactMap { $0 }
    if !allMetadata.isEmpty { parts.append("metadata: \(quoted(allMetadata))") }
    parts += further.filter { $0.index != time }.map { ($0.column.name, $0.column.kind, $0.column.extent) }.roleWords
    let used = used
    let unused = names.indices.filter { !used.contains($0) }
    if !unused.isEmpty { parts.append("not imported: \(quoted(unused))") }
    return parts.joined(separator: "; ")
  }

  private func quoted(_ columns: [Int]) -> String { columns.map { names[$0] }.listedForMessage }
}

/// Finds the columns that options name or leave to be found.
struct TableLayoutResolver {
  let names: [String]
  let options: TableOptions
  let file: String
  let line: Int
  /// Where each name stands first, and where a second time.
  private let places: [ExactName: (first: Int, second: Int?)]

  init(names: [String], options: TableOptions, file: String, line: Int) {
    (self.names, self.options, self.file, self.line) = (names, options, file, line)
    places = names.enumerated().reduce(into: [:]) { places, column in
      if let place = places[ExactName(column.element)] {
        if place.second == nil { places[ExactName(column.element)]?.second = column.offset }
      } else {
        places[ExactName(column.element)] = (column.offset, nil)
      }
    }
  }

  /// The column of this name.
  /// - Throws: ``InputError`` where there is none or more than one.
  func column(_ name: String) throws -> Int {
    guard let place = places[ExactName(name)] else {
      throw fault("there is no column \(name.quotedForMessage)\(names.alternatives(to: name, called: "columns"))")
    }
    guard let second = place.second else { return place.first }
    throw fault("column \(name.quotedForMessage) stands twice in the header, at \(place.first + 1) and \(second + 1)")
  }

  /// The layout as far as the header determines it: all but default features and the kind of target.
  /// - Parameter sample: what the columns hold, where a name alone says too little.
  func headerLayout(_ sample: TableSample? = nil) throws -> TableLayout {
    let single = [
      options.roles.weight, options.time, options.roles.valid, options.roles.split, options.roles.group,
      options.metadataObject,
    ]
    let kinds = options.numbers + options.categories + options.times + (options.inputs ?? [])
    let given =
      (options.features ?? []) + (options.roles.target ?? []) + options.metadata + single.compactMap { $0 } + kinds
      + options.labels + options.statics + options.skipped
    for name in kinds + options.labels + options.statics + options.skipped { _ = try column(name) }
    var taken = given.exactNames
    func found(_ candidates: [String]) -> Int? {
      for candidate in candidates {
        let matching = names.indices.filter {
          names[$0].lowercased() == candidate && !taken.contains(ExactName(names[$0]))
        }
        // "t" before "T", which may be a temperature.
        if let index = matching.first(where: { names[$0] == candidate }) ?? matching.first { return index }
      }
      return nil
    }
    /// A time whose unit stands behind its name.
    func foundWithUnit() -> Int? {
      for candidate in TableOptions.timeNames {
        let place = names.indices.first { index in
          guard !taken.contains(ExactName(names[index])), let named = NamedUnit(names[index]) else { return false }
          return named.ofTime != nil && named.name.lowercased() == candidate
        }
        if let place { return place }
      }
      return nil
    }
    // Without one the rows are one sequence, unless the reader finds that they may be of several.
    let hasNoID = options.layout?.hasNoID == true
    let id =
      hasNoID
      ? nil
      : try options.roles.id.map(column) ?? found(TableOptions.idNames)
        ?? (options.isJoined ? names.indices.first { !taken.contains(ExactName(names[$0])) } : nil)
    if let id { taken.insert(ExactName(names[id])) }
    var layout = TableLayout(names: names, id: id)
    layout.hasBlocks = options.layout == .blocks
    if options.time != "" {
      layout.time = try options.time.map(column) ?? found(TableOptions.timeNames) ?? foundWithUnit()
    }
    if options.time == nil, let time = layout.time, let sample { checkLetter(time, &layout, sample) }
    // Beside an x, y is a coordinate.
    let hasX = names.contains { $0.lowercased() == "x" }
    let targetNames = TableOptions.targetNames.filter { $0 != "y" || !hasX }
    layout.target = try options.roles.target?.map(column) ?? found(targetNames).map { [$0] } ?? []
    layout.features = try options.features?.map(column) ?? []
    layout.weight = try options.roles.weight.map(column)
    layout.valid = try options.roles.valid.map(column)
    layout.split = try options.roles.split.map(column)
    layout.group = try options.roles.group.map(column)
    layout.metadata = try options.metadata.map(column)
    layout.metadataObject = try options.metadataObject.map(column)
    layout.tokens = options.tokens
    if layout.tokens != nil, layout.features.isEmpty {
      guard let token = found(["token", "tokens", "text"]) else {
        throw fault(
          "no column for the tokens is named, and none is called \"token\", \"tokens\", \"text\"; the columns are "
            + names.listedForMessage)
      }
      layout.features = [token]
    }
    if let targetNames = options.roles.targetValueNames {
      guard targetNames.count == layout.target.count else {
        throw fault(
          "\(targetNames.count.counted("name")) are given for the target's values, but it has "
            + layout.target.count.counted("column"))
      }
      layout.targetNames = targetNames
    }
    if layout.target.isEmpty, options.roles.targetKind != nil {
      throw fault("a kind of target is given, but no column is a target; the columns are \(names.listedForMessage)")
    }
    return layout
  }

  /// That there is no column of ids.
  var noID: String {
    "no column for the id of a sequence is named, and none is called \(TableOptions.idNames.listedForMessage)"
  }

  /// Holds a column that is called by one letter and was taken for the time for it against its cells: `T` may be a
  /// temperature.
  private func checkLetter(_ index: Int, _ layout: inout TableLayout, _ sample: TableSample) {
    guard names[index].count == 1, sample.columns.indices.contains(index), sample.columns[index].cells > 0 else {
      return
    }
    let column = sample.columns[index]
    let name = "column \(names[index].quotedForMessage)"
    guard column.times > 0 else {
      layout.time = nil
      return
    }
    if column.numbers > 0, column.falls > 0, let other = dates(beside: index, sample) {
      layout.time = nil
      layout.guesses.notes.append(
        InputNote(
          "\(name) falls in \(sample.extent) and \(names[other].quotedForMessage) holds times, so it is not taken for the time",
          remedy: .sayColumnKind(names[index], .time)))
      return
    }
    guard names[index] == "T", column.numbers > 0 else { return }
    let isMonotonic = column.falls == 0 || column.rises == 0 && column.reals == 0
    guard isMonotonic else {
      layout.time = nil
      layout.guesses.notes.append(
        InputNote(
          "\(name) \(column.rises > 0 ? "rises and falls" : "falls") in \(sample.extent), so it is not taken for the time",
          remedy: .sayColumnKind(names[index], .time)))
      return
    }
    layout.guesses.notes.append(
      InputNote("\(name) does not turn round in \(sample.extent), so it is taken for the time", remedy: .takeAsFeature))
  }

  /// A column beside one of numbers that holds calendar times alone, which change from row to row.
  private func dates(beside index: Int, _ sample: TableSample) -> Int? {
    sample.columns.indices.first { place in
      let column = sample.columns[place]
      return place != index && names.indices.contains(place) && column.dates > 0 && column.dates == column.texts
        && column.numbers == 0 && column.rises + column.falls > 0
    }
  }

  func fault(_ problem: String, _ remedy: InputRemedy? = nil) -> InputError {
    InputError(file: file, line: line, problem: problem, isFatal: true, remedy: remedy)
  }
}

/// What a table's layout was guessed from, as far as later rows may contradict it.
struct TableGuesses: Equatable {
  /// How numbers are written.
  var form = NumberForm()
  /// Columns that were left out because they are empty: a number there later is an error.
  var blanks: [Int] = []
  /// Columns that were left out because they count the rows: one that begins again is an error.
  var counters: [Int] = []
  /// Whether the target was taken for classes because its cells are whole numbers.
  var hasWholeClasses = false
  /// Whether the target was taken for values because its cells are numbers.
  var hasValues = false
  /// Columns that were taken for numbers.
  var numbers: Set<Int> = []
  /// The units of times that are numbers, by column, where they are no seconds.
  var timeUnits: [Int: TimeUnit] = [:]
  /// Columns that were taken for the same in all rows of a sequence.
  var statics: Set<Int> = []
  /// Features whose rounding was noted.
  var rounded: Set<Int> = []
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
    if layout.id == nil, options.layout == nil, options.fileKey == nil {
      layout.guesses.notes.append(InputNote("no column holds ids: the rows are one sequence", remedy: .nameID))
    }
    layout.fillsIDs = fillsIDs(layout, sample)
    try findColumns(&layout, sample)
    findTargetKind(&layout, sample)
    try findOrder(&layout, sample)
    if options.time != "", layout.time == nil { noteTimes(&layout, sample) }
    return layout
  }

  /// Whether every column of numbers per timestep without another role is a feature.
  private func isOpen(_ layout: TableLayout) -> Bool {
    options.features == nil && layout.tokens == nil && options.inputs == nil
  }

  /// What a column beside the features is for.
  private func role(of name: String, isOpen: Bool) -> Column.Role {
    (options.inputs.map { $0.containsExactly(name) } ?? isOpen) ? .input : .other
  }

  /// Takes every column that has no role yet, by what options say of it or by what the sample holds.
  private func findColumns(_ layout: inout TableLayout, _ sample: TableSample) throws {
    let used = layout.used.subtracting([layout.time].compactMap { $0 })
    let isOpen = isOpen(layout)
    let (numbers, categories) = (options.numbers.exactNames, options.categories.exactNames)
    let (times, statics, skipped) = (options.times.exactNames, options.statics.exactNames, options.skipped.exactNames)
    var leftOut: [String] = []
    func leave(_ index: Int, _ reason: String) {
      if isOpen { leftOut.append("\(place(index)) \(reason), so it is no feature") }
    }
    for index in names.indices where !used.contains(index) && !skipped.contains(ExactName(names[index])) {
      let name = ExactName(names[index])
      if options.labels.containsExactly(names[index]) {
        let list = Column(
          names[index], .category, per: .labels, role: .other, vocabulary: Vocabulary(unit: .words, tokens: []))
        layout.further.append((try column(names[index]), list))
        continue
      }
      var kind: Column.Kind? =
        numbers.contains(name) ? .number : categories.contains(name) ? .category : times.contains(name) ? .time : nil
      let isNamed = kind != nil
      if index == layout.time {
        kind = .time
      } else if !isNamed {
        kind = try guessedKind(index, &layout, sample, leave)
      }
      guard let kind else { continue }
      // A time of more digits than can be kept orders the rows alone.
      if index == layout.time, sample.columns[index].hasLongNumber || sample.columns[index].largest >= 4e21 { continue }
      let isGuessedStatic = !isNamed && kind != .time && sample.isPerSequence(index)
      let isStatic = kind != .time && statics.contains(name) || isGuessedStatic
      if !isNamed, kind == .number { layout.guesses.numbers.insert(index) }
      if isGuessedStatic { layout.guesses.statics.insert(index) }
      if isOpen, kind == .number, !isStatic {
        layout.features.append(index)
      } else if isNamed || statics.contains(name) || places[name]?.second == nil {
        _ = try column(names[index])
        layout.further.append(
          (
            index,
            Column(
              names[index], kind, per: isStatic ? .sequence : .timestep, role: role(of: names[index], isOpen: isOpen),
              vocabulary: kind == .category ? Vocabulary(unit: .words, tokens: []) : nil)
          ))
      }
      if kind == .number, let number = sample.columns[index].unheld {
        layout.guesses.rounded.insert(index)
        layout.guesses.notes.append(
          InputNote(
            "\(place(index)) holds \(number.quotedForMessage), which float32 cannot hold: as a "
              + "\(isOpen && !isStatic ? "feature" : "number") it is rounded"))
      }
    }
    try checkTruths(layout, sample)
    let hasSteps = layout.further.contains { $0.column.kind != .time && $0.column.extent == .timestep }
    if isOpen, layout.features.isEmpty, !hasSteps {
      // Without a cell per timestep there is no input: what seems to be the sequence's is that of each timestep.
      let guessed = layout.guesses.statics
      layout.features = layout.further.filter { guessed.contains($0.index) && $0.column.kind == .number }.map(\.index)
      layout.further.removeAll { guessed.contains($0.index) && $0.column.kind == .number }
      for place in layout.further.indices where guessed.contains(layout.further[place].index) {
        layout.further[place].column.extent = .timestep
      }
    }
    if isOpen { for feature in layout.features { _ = try column(names[feature]) } }
    for name in options.inputs ?? [] where !layout.further.contains(where: { $0.column.name.isExactly(name) }) {
      throw fault(
        "column \(name.quotedForMessage) is to be an input, but is empty in \(sample.extent), counts the rows, or has "
          + "another role")
    }
    let hasTimes = options.inputs != nil && layout.further.contains { $0.column.kind == .time }
    guard
      !layout.features.isEmpty || hasTimes || options.isJoined
        || layout.further.contains(where: { $0.column.kind != .time && $0.column.extent != .labels })
    else {
      var error = fault("no column is left that holds numbers; the columns are \(names.listedForMessage)")
      if !leftOut.isEmpty { error.remedy = .nameLeftOut(leftOut) }
      throw error
    }
    layout.guesses.notes = leftOut.map { InputNote($0, remedy: .nameAsFeature) } + layout.guesses.notes
  }

  /// Refuses words for true and false as the whole input, where nothing says that they are text.
  private func checkTruths(_ layout: TableLayout, _ sample: TableSample) throws {
    let named = (options.numbers + options.categories + options.statics).exactNames
    let steps = layout.further.filter { $0.column.kind != .time && $0.column.extent == .timestep }
    guard isOpen(layout), layout.features.isEmpty, options.typed == nil, !options.isJoined, let first = steps.first
    else { return }
    guard
      steps.allSatisfy({ index, column in
        let cells = sample.columns[index]
        return cells.texts > 0 && cells.truths == cells.texts && !named.contains(ExactName(column.name))
      })
    else { return }
    throw fault(
      "\(place(first.index)) holds \((sample.columns[first.index].oddity ?? "").quotedForMessage) and no other column a number: "
        + "whether true and false are to be text is not said", .takeAsText(first.column.name))
  }

  /// What the cells of a column are; nil where it is left out.
  private func guessedKind(
    _ index: Int, _ layout: inout TableLayout, _ sample: TableSample, _ leave: (Int, String) -> Void
  ) throws -> Column.Kind? {
    let column = sample.columns[index]
    let isOpen = isOpen(layout)
    // Text in one file of several is text in all, which is said once.
    if column.isTextInOne, options.typed == nil, !isNameless(index) { return .category }
    // What is null at first may be something later, where the format says what.
    let typed = options.typed?.kinds[index]
    if sample.isEmpty(index), typed == nil || sample.isAll {
      if isOpen { layout.guesses.blanks.append(index) }
      if !isNameless(index) { leave(index, "is empty in \(sample.extent)") }
      return nil
    }
    if let typed, typed != .number {
      if isNameless(index) { return nil }
      // Texts that are dates throughout are times, as in any table.
      return column.dates > 0 && column.dates == column.texts && column.numbers == 0 ? .time : typed
    }
    if column.numbers == 0 || column.numbers < column.texts, typed == nil || sample.isAll {
      guard column.texts > 0 else {
        leave(index, "holds no number in \(sample.extent)")
        return nil
      }
      if isNameless(index) { return nil }
      if column.dates == column.texts, column.numbers == 0 { return .time }
      if isOpen, !options.isJoined, column.odd == column.texts, let oddity = column.oddity {
        throw fault(
          "\(place(index)) holds \(oddity.quotedForMessage) and no text in \(sample.extent), which may be a number that is written "
            + "otherwise: expected digits, a point and an exponent", .takeAsText(names[index]))
      }
      if 2 * column.lists >= column.texts, !column.changesWithin, let list = column.list {
        layout.guesses.notes.append(
          InputNote(
            "\(place(index)) holds \(list.quotedForMessage), which may be a list of labels, and is taken for text",
            remedy: .takeAsLabels([names[index]])))
      }
      if column.numbers > 0, isOpen {
        layout.guesses.notes.append(
          InputNote(
            "\(place(index)) holds \(column.numbers.counted("number")) and \(column.texts.counted("text")) in "
              + "\(sample.extent), so it is taken for text", remedy: .nameAsFeature))
      }
      return .category
    }
    if isNameless(index) {
      leave(index, sample.countsRows(index) ? "has no name and counts the rows" : "has no name")
      return nil
    }
    if sample.countsRows(index) {
      if isOpen { layout.guesses.counters.append(index) }
      leave(index, "counts the rows of the file")
      return nil
    }
    let epoch = column.epochUnit.flatMap { $0 != .seconds || column.falls == 0 && column.rises > 0 ? $0 : nil }
    if let unit = epoch, layout.time != nil || options.time != nil || column.falls > 0 || column.rises == 0 {
      layout.guesses.timeUnits[index] = unit
      layout.guesses.notes.append(
        InputNote(
          "\(place(index)) holds \((column.unheld ?? "").quotedForMessage) and the like, \(unit.words) since 1970, so it is taken for a "
            + "time", remedy: .sayColumnKind(names[index], .number)))
      return .time
    }
    if let number = column.unheld, column.falls == 0, column.rises > 0 {
      let reason = "never falls and holds \(number.quotedForMessage), which float32 cannot hold"
      guard isOpen, layout.time == nil, options.time == nil, column.times == column.cells else {
        leave(index, reason)
        return nil
      }
      layout.time = index
      layout.guesses.notes.append(
        InputNote("\(place(index)) \(reason), so it is taken for the time", remedy: .takeAsFeature))
      return .time
    }
    return .number
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
    let isText = options.typed?.kinds[first] == .category
    guard options.roles.classes == nil, !isText, column.reals > 0, column.texts == 0 else {
      layout.targetKind = .classPerSequence
      layout.guesses.hasWholeClasses =
        options.roles.classes == nil && !isText && column.numbers > 0 && column.texts == 0
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
    let used = layout.used.subtracting(layout.further.map(\.index))
    for index in names.indices where !used.contains(index) {
      let column = sample.columns[index]
      guard column.times == column.cells, column.cells > 0,
        column.numbers == 0 || layout.guesses.timeUnits[index] != nil
      else { continue }
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
    if options.typed != nil, name.hasPrefix("__index_level_") { return true }
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
