import RaggedCore

extension FileReader {
  /// Decides what the columns of several files are by the first rows of all of them, before any is read: text where one file
  /// has text, a column that only some files have, a label that is whole numbers in one and fractions in another.
  ///
  /// To be called before anything else is asked of the readers. Each file is looked at and closed again.
  /// - Returns: what is worth knowing of how they differ.
  /// - Throws: ``InputError`` where a file cannot be read, or two do not agree; it names both.
  public static func decideTogether(_ readers: inout [FileReader]) throws -> [InputNote] {
    guard readers.count > 1, try !agreeOnVariables(&readers) else { return [] }
    // Of many files fewer rows each, so that looking at them stays a small part of reading them.
    let rowCount = max(100, min(TableSample.rowCount, 16 * TableSample.rowCount / readers.count))
    var shared: TableSample?
    var samples: [TableSample?] = []
    for index in readers.indices {
      let sample = try readers[index].looking { try $0.evidence(rowCount: rowCount) }
      // What is wrong with a table without rows it says itself.
      let hasRows = sample.map { $0.rows > 0 } ?? false
      samples.append(hasRows ? sample : nil)
      guard hasRows, let sample else { continue }
      let file = readers[index].source.name
      if shared == nil { shared = TableSample(sample, of: file) } else { shared?.add(sample, of: file) }
    }
    var union = DescriptionUnion()
    for (index, sample) in zip(readers.indices, samples) {
      let description: InputDescription
      if let sample, let shared {
        readers[index].decide(by: shared)
        description = try readers[index].looking { try $0.description(of: sample, decidedBy: shared) }
      } else {
        description = try readers[index].looking { try $0.description() }
      }
      try union.add(try readers[index].completed(description), of: readers[index].source.name)
    }
    let notes = shared.map { FileReader.conflicts(in: $0, union, readers[0].options.settings) } ?? []
    guard let shape = union.shape else { return notes }
    for index in readers.indices { readers[index].shape = shape }
    return notes + union.notes
  }

  /// Columns that are text in one file and numbers in another, and that no option decides.
  private static func conflicts(
    in shared: TableSample, _ union: DescriptionUnion, _ settings: ReaderSettings
  ) -> [InputNote] {
    let named = (settings[.categories] ?? []) + (settings[.labels] ?? [])
    return zip(shared.names, shared.columns).compactMap { name, column in
      guard let text = column.textFile, let numbers = column.numberFile, !named.containsExactly(name),
        union.result?.columns.contains(where: { $0.name.isExactly(name) && $0.kind == .category }) == true
      else { return nil }
      return InputNote(
        "column \(name.quotedForMessage) is text in \(text.name) (\(text.cell.quotedForMessage)) and numbers in \(numbers), so "
          + "it is taken for text in all files", remedy: .sayColumnKind(name, .number))
    }
  }
}

/// What the sequences of several files look like together.
private struct DescriptionUnion {
  private(set) var result: InputDescription?
  private var names: [String] = []
  /// The files that have a column, by its name.
  private var holders: [(name: String, files: [Int])] = []
  private var places: [ExactName: Int] = [:]
  /// Whether names say nothing of what a column is.
  private var isOpen = true

  /// What all files look like together; nil where their names do not say which column is which.
  var shape: InputDescription? { isOpen ? result : nil }

  mutating func add(_ description: InputDescription, of file: String) throws {
    names.append(file)
    if case .features(let features) = description.input, !features.isEmpty,
      features.areExactly("f".numbers(features.count))
    {
      isOpen = false
    }
    for name in (description.input.featureNames ?? []) + description.columns.map(\.name) { hold(name) }
    guard var union = result else {
      result = description
      return
    }
    let first = names[0]
    func fault(_ problem: String, _ remedy: InputRemedy? = nil) -> InputError {
      InputError(file: file, problem: problem, isFatal: true, remedy: remedy)
    }
    switch (description.input, union.input) {
    case (.features(let mine), .features(let known)):
      let taken = known.exactNames.union(union.columns.map(\.name).exactNames)
      union.input = .features(known + mine.filter { !taken.contains(ExactName($0)) })
    case (let mine, let known):
      guard mine == known else {
        throw fault("its timesteps are \(mine.summary), those of \(first) \(known.summary)")
      }
    }
    try add(columns: description.columns, to: &union, fault)
    try check(description.target, against: union.target, fault)
    result = union
  }

  private mutating func add(
    columns: [Column], to union: inout InputDescription, _ fault: (String, InputRemedy?) -> InputError
  ) throws {
    let features = union.input.featureNames?.exactNames ?? []
    for column in columns {
      let name = column.name
      func refuse(_ known: Column.Kind) -> InputError {
        fault(
          "column \(name.quotedForMessage) is \(column.kind.words) here and \(known.words) in \(holder(of: name))",
          .sayColumnKind(name, known))
      }
      if features.contains(ExactName(name)) {
        guard column.kind == .number else { throw refuse(.number) }
        continue
      }
      guard let place = union.columns.firstIndex(where: { $0.name.isExactly(name) }) else {
        union.columns.append(column)
        continue
      }
      let known = union.columns[place]
      guard column.kind == known.kind else { throw refuse(known.kind) }
      guard (column.extent == .labels) == (known.extent == .labels) else {
        let (mine, theirs) =
          column.extent == .labels ? ("a list of labels", "no list") : ("no list", "a list of labels")
        throw fault(
          "column \(name.quotedForMessage) is \(mine) here and \(theirs) in \(holder(of: name))", .takeAsLabels([name]))
      }
      if column.extent == .timestep { union.columns[place].extent = .timestep }
    }
  }

  private func check(
    _ target: InputDescription.Target, against known: InputDescription.Target,
    _ fault: (String, InputRemedy?) -> InputError
  ) throws {
    let isSame =
      switch (target, known) {
      case (.none, .none), (.classPerSequence, .classPerSequence), (.classPerTimestep, .classPerTimestep),
        (.valuesPerSequence, .valuesPerSequence), (.valuesPerTimestep, .valuesPerTimestep):
        true
      case (.none, _), (.classPerSequence, _), (.classPerTimestep, _), (.valuesPerSequence, _), (.valuesPerTimestep, _):
        false
      }
    guard isSame else {
      let remedy: InputRemedy? =
        target == .none || known == .none
        ? nil
        : .sayTargetKind(
          values: [.valuesPerSequence, .valuesPerTimestep], classes: [.classPerSequence, .classPerTimestep])
      throw fault("its target is \(target.summary), that of \(names[0]) \(known.summary)", remedy)
    }
  }

  private mutating func hold(_ name: String) {
    if let place = places[ExactName(name)] {
      if holders[place].files.last != names.count - 1 { holders[place].files.append(names.count - 1) }
    } else {
      places[ExactName(name)] = holders.count
      holders.append((name, [names.count - 1]))
    }
  }

  /// The first file that has a column.
  private func holder(of name: String) -> String {
    places[ExactName(name)].flatMap { holders[$0].files.first }.map { names[$0] } ?? names[0]
  }

  /// Columns that are named one by one.
  private static let listed = 8

  /// Columns that not all files have.
  var notes: [InputNote] {
    let partial = holders.filter { $0.files.count < names.count }
    var notes = partial.prefix(DescriptionUnion.listed).map { name, files in
      let others = names.indices.filter { !files.contains($0) }
      let lacking =
        others.count == 1 ? names[others[0]] : "\(others.count) of \(names.count) files (such as \(names[others[0]]))"
      return InputNote(
        "column \(name.quotedForMessage) of \(names[files[0]]) is not in \(lacking): its cells are missing there",
        remedy: .skipColumns([name]))
    }
    if partial.count > DescriptionUnion.listed {
      notes.append("\(partial.count - DescriptionUnion.listed) more columns are not in all files")
    }
    return notes
  }
}
