import RaggedCore

/// Which features of the records mean what, as the options and the first records have it.
struct TFRecordLayout {
  /// The target, where there is one.
  struct Target: Equatable {
    var name: String
    /// Whether it is a feature list.
    var isList: Bool
    var kind: TargetKind
    var width: Int?
    var names: [String]?
    /// Whether the kind goes by the type of the values, neither option nor record saying it.
    var isGuessed = false
  }

  let options: TFRecordOptions
  /// The feature lists of the input, put together in this order.
  let inputs: [String]
  /// What tokens are; nil where the timesteps are features.
  let tokens: TokenForm?
  /// Values of a timestep of each of these lists; nil where they are not known yet.
  private(set) var widths: [Int?]
  private(set) var featureNames: [String]?
  private(set) var target: Target?
  let id: String?
  /// The list of token numbers beside a list of texts, in which 0 is the unknown token.
  let numbers: String?
  let missing: MissingNumbers
  /// Further columns, as a record names them.
  let columns: [Column]
  private let classColumn: String
  /// Whether features are whole numbers.
  let hasWholeFeatures: Bool
  /// Features of the record, lists among them, that nothing is made of.
  private(set) var unused: [String] = []

  private static let inputNames = ["values", "tokens", "features", "inputs", "input", "x"]
  private static let targetNames = ["class", "target", "targets", "label", "labels", "y"]

  /// What one record says.
  /// - Throws: ``RecordFault``.
  init(_ example: SequenceExampleView, _ options: TFRecordOptions) throws {
    self.options = options
    missing = MissingNumbers(options.missing)
    columns =
      try TFRecordLayout.columns(example)
      + options.labels.map {
        Column($0, .category, per: .labels, role: .other, vocabulary: Vocabulary(unit: .words, tokens: []))
      }
    classColumn = try example.texts("class_column")?.first ?? SequenceSignature.classColumn
    let lists = example.timestepFeatures
    let isFlat = example.isFlat
    id = options.roles.id ?? ["key", "id"].first { example.context[ExactName($0)] != nil }
    let unit = try options.tokens?.unit ?? example.texts("token_unit")?.first.flatMap(Vocabulary.Unit.init)
    let target = TFRecordLayout.targetName(example, options)
    let others = [options.roles.weight ?? "weight", options.roles.split ?? "split", options.roles.group ?? "group", id]
    let known = [options.roles.valid ?? "valid", target].compactMap { $0 } + (isFlat ? others.compactMap { $0 } : [])
    if let named = options.features {
      inputs = named
    } else if unit != nil, lists[ExactName("text")] != nil {
      inputs = ["text"]
    } else if let found = TFRecordLayout.inputNames.first(where: { lists[ExactName($0)] != nil }) {
      inputs = [found]
    } else {
      let names = lists.keys.sorted().map(\.text)
      let left = names.filter { !known.containsExactly($0) && !TFRecordLayout.targetNames.containsExactly($0) }
      inputs = try isFlat ? TFRecordLayout.flatInput(example, left, options) : left
    }
    guard !inputs.isEmpty else {
      let names = lists.keys.sorted().map(\.text)
      throw RecordFault(
        "has no \(isFlat ? "feature" : "feature list") for the input; its \(isFlat ? "features" : "feature lists") are "
          + (names.isEmpty ? "none" : names.listedForMessage))
    }
    var kinds: [FeatureValues.Kind?] = []
    widths = []
    for name in inputs {
      guard let list = try TFRecordLayout.steps(name, example, options) else {
        let word = isFlat ? "feature" : "feature list"
        throw RecordFault(
          "has no \(word) \(name.quotedForMessage)"
            + lists.keys.sorted().map(\.text).alternatives(to: name, called: word + "s"))
      }
      if let width = options.width, !isFlat, list.width ?? width != width {
        throw RecordFault(
          "feature list \(name.quotedForMessage) has \((list.width ?? 0).counted("value")) per timestep, but the width of one is "
            + "to be \(width)")
      }
      kinds.append(list.values.kind)
      widths.append(list.width)
    }
    if kinds.contains(.bytes) || inputs == ["text"] || options.tokens?.unit != nil && kinds == [.integers] {
      if options.tokens == .numbers {
        throw RecordFault("feature list \(inputs[0].quotedForMessage) holds text, expected whole numbers for tokens")
      }
      guard inputs.count == 1 else { throw RecordFault("has text among several feature lists of the input") }
      tokens = .text(unit ?? .words)
    } else {
      tokens = inputs == ["tokens"] || unit != nil || options.tokens == .numbers ? .numbers : nil
      if tokens != nil, inputs.count > 1 {
        throw RecordFault("has \(inputs.count) feature lists of the input, expected one of tokens")
      }
    }
    hasWholeFeatures = kinds.contains(.integers)
    numbers = inputs == ["text"] && lists[ExactName("tokens")] != nil ? "tokens" : nil
    featureNames = try options.featureNames ?? example.texts("feature_names")
    if options.featureNames == nil, let names = featureNames, let width = totalWidth, names.count != width {
      featureNames = nil
    }
    if widths.count == 1, widths[0] == nil { widths[0] = tokens == nil ? featureNames?.count ?? options.width : 1 }
    self.target = try TFRecordLayout.target(example, target, options, inputs[0])
    unused = leftOver(example, target)
  }

  /// Features that say something of others, so that they are no loss.
  private static let descriptions: Set<String> = [
    "feature_names", "target_names", "target_kind", "token_unit", "class_column", "column_names", "column_kinds",
    "column_extents", "column_roles", "vocabulary", "class_names", "classes_declared",
  ]

  private func leftOver(_ example: SequenceExampleView, _ target: String?) -> [String] {
    let roles = [
      options.roles.valid ?? "valid", options.roles.weight ?? "weight", options.roles.split ?? "split",
      options.roles.group ?? "group", options.metadataObject ?? "metadata", options.lengths ?? "length", id, target,
      numbers,
    ]
    let used = (roles.compactMap { $0 } + inputs + columns.flatMap { ["column/" + $0.name, $0.name] }).exactNames
    let all = (Array(example.context.keys) + Array(example.lists.keys)).sorted().map(\.text)
    return all.filter { !used.contains(ExactName($0)) && !TFRecordLayout.descriptions.contains($0) }
  }

  /// The input of a flat record where none is named: the one feature of more than one value, if there is one alone.
  private static func flatInput(
    _ example: SequenceExampleView, _ names: [String], _ options: TFRecordOptions
  ) throws -> [String] {
    let rest = names.filter { !["length", "metadata", options.metadataObject].contains($0) }
    let long = try rest.filter { try (example.context($0)?.count ?? 0) > 1 }
    let found = long.isEmpty ? rest : long
    guard found.count != 1 else { return found }
    throw RecordFault(
      "is a tf.train.Example, and none of its features is called as an input is; they are \(names.listedForMessage)",
      remedy: .nameFeatures)
  }

  /// The timesteps of a feature: those of a feature list, or in a flat record as many numbers each as the options say.
  private static func steps(
    _ name: String, _ example: SequenceExampleView, _ options: TFRecordOptions, isToken: Bool = false
  ) throws -> (values: FeatureValues, steps: Int, width: Int?)? {
    if !example.isFlat { return try example.list(name) }
    guard let values = try example.context(name) else { return nil }
    let isOneEach = isToken || options.tokens != nil || values.kind == .bytes || name == "tokens"
    guard let width = isOneEach ? 1 : options.width else {
      throw RecordFault(
        "is a tf.train.Example, whose feature \(name.quotedForMessage) is a list of \(values.count.counted("number")): how many "
          + "of them are a timestep is not said", remedy: .sayWidth)
    }
    return try example.steps(name, width: width)
  }

  private static func columns(_ example: SequenceExampleView) throws -> [Column] {
    guard let names = try example.texts("column_names") else { return [] }
    let kinds = try example.texts("column_kinds")?.map { Column.Kind(rawValue: $0) } ?? []
    let extents = try example.texts("column_extents")?.map { Column.Extent(rawValue: $0) } ?? []
    let roles = try example.texts("column_roles")?.map { Column.Role(rawValue: $0) } ?? names.map { _ in .input }
    guard kinds.count == names.count, extents.count == names.count, roles.count == names.count else {
      throw RecordFault("names \(names.count.counted("column")), but not the kind, extent and role of each")
    }
    return try names.indices.map { place in
      guard let kind = kinds[place], let extent = extents[place], let role = roles[place] else {
        throw RecordFault(
          "says of column \(names[place].quotedForMessage) a kind, extent or role that there is not")
      }
      guard extent != .labels || kind == .category else {
        throw RecordFault("says of column \(names[place].quotedForMessage) that its labels are no categories")
      }
      return Column(
        names[place], kind, per: extent, role: extent == .labels ? .other : role,
        vocabulary: kind == .category ? Vocabulary(unit: .words, tokens: []) : nil)
    }
  }

  var totalWidth: Int? { widths.reduce(0) { total, width in total.flatMap { total in width.map { total + $0 } } } }

  /// Whether nothing is left to be found out.
  var isSettled: Bool { totalWidth != nil && (target == nil || target?.width != nil) }

  private static func targetName(_ example: SequenceExampleView, _ options: TFRecordOptions) -> String? {
    if let named = options.roles.target { return named.first }
    return targetNames.first { name in
      !options.labels.containsExactly(name) && options.features?.containsExactly(name) != true
        && (example.context[ExactName(name)] != nil || example.lists[ExactName(name)] != nil)
    }
  }

  private static func target(
    _ example: SequenceExampleView, _ name: String?, _ options: TFRecordOptions, _ input: String
  ) throws -> Target? {
    guard let name else { return nil }
    let told = try options.roles.targetKind ?? example.texts("target_kind")?.first.flatMap(TargetKind.init)
    let names = try options.roles.targetValueNames ?? example.texts("target_names")
    if let told, !told.isPerTimestep, let values = try example.context(name) {
      return Target(name: name, isList: false, kind: told, width: names?.count ?? values.count, names: names)
    }
    if let list = try example.list(name) {
      let kind = told ?? (list.values.kind == .floats ? .valuesPerTimestep : .classPerTimestep)
      let isClass = kind == .classPerTimestep
      let isKnown = told != nil || list.values.kind != nil
      return Target(
        name: name, isList: true, kind: kind, width: isClass ? isKnown ? 1 : nil : names?.count ?? list.width,
        names: names, isGuessed: told == nil)
    }
    if example.isFlat, let values = try example.context(name) {
      let steps = try steps(input, example, options)?.steps
      if told?.isPerTimestep ?? (values.count > 1 && values.count == steps) {
        let kind = told ?? (values.kind == .floats ? .valuesPerTimestep : .classPerTimestep)
        return Target(
          name: name, isList: true, kind: kind, width: kind.isClass ? 1 : names?.count ?? 1, names: names,
          isGuessed: told == nil)
      }
    }
    guard let values = try example.context(name) else {
      let all = (Array(example.context.keys) + Array(example.lists.keys)).sorted().map(\.text)
      throw RecordFault("has no feature \(name.quotedForMessage)\(all.alternatives(to: name, called: "features"))")
    }
    let hasNumbers = values.kind == .floats || values.kind == .integers && values.count > 1
    let kind = told ?? (hasNumbers ? .valuesPerSequence : .classPerSequence)
    return Target(name: name, isList: false, kind: kind, width: values.count, names: names, isGuessed: told == nil)
  }

  /// What the file says of its sequences.
  var description: InputDescription {
    InputDescription(
      input: InputDescription.Input(tokens, features: featureNames ?? defaultNames),
      target: InputDescription.Target(
        target?.kind, classes: options.roles.classes,
        values: target?.names ?? target?.name.numbered(target?.width ?? 1) ?? []),
      columns: columns, classColumn: classColumn)
  }

  /// `f0`, `f1`, … for the values of one list; the lists' own names where there are several.
  private var defaultNames: [String] {
    guard inputs.count > 1 || options.features != nil else { return "f".numbers(widths[0] ?? 0) }
    return zip(inputs, widths).flatMap { $0.numbered($1 ?? 0) }
  }

  /// Each role with its feature, in words.
  var summary: String {
    var parts = [
      "id: \(id?.quotedForMessage ?? "file and position")", "\(tokens.inputRole): \(inputs.listedForMessage)",
    ]
    if let target { parts.append("target (\(target.kind.rawValue)): \(target.name.quotedForMessage)") }
    parts += columns.map { ($0.name, $0.kind, $0.extent) }.roleWords
    if !unused.isEmpty { parts.append("not imported: \(unused.listedForMessage)") }
    return parts.joined(separator: "; ")
  }
}

extension TFRecordLayout {
  /// The record of one example.
  /// - Parameters:
  ///   - key: set as soon as it is known, for errors.
  ///   - notes: takes what there is to say of the record.
  /// - Throws: ``RecordFault``.
  func record(
    _ example: SequenceExampleView, defaultKey: String, _ key: inout String?, _ notes: inout ReaderNotes
  ) throws -> SequenceRecord {
    key = try id == nil ? defaultKey : text(id, example)
    guard let key, !key.isEmpty else {
      throw RecordFault("has no feature \((id ?? "").quotedForMessage) or an empty one, expected a key")
    }
    let (input, length) = try input(example)
    try checkLength(example, length)
    let validity = try validity(example, length)
    var record = SequenceRecord(
      key: key, input: input, target: try target(example, length, validity),
      split: try text(options.roles.split ?? "split", example),
      group: try text(options.roles.group ?? "group", example))
    if case .values(let values, let width) = input {
      let marked = try missing.marked(values, width: width, validity) { value, t, _ in
        fault(value, inputs.listedForMessage, t)
      }
      record.input = .values(marked, featureCount: width)
    }
    record.validity = validity
    record.cells = try columns.map { try cells(of: $0, example, length) }
    if notes.rounded == nil { notes.rounded = try rounded(example) }
    record.weight = try weight(example)
    record.metadata = try metadata(example)
    return record
  }

  /// Holds what the record says of its length against its timesteps.
  private func checkLength(_ example: SequenceExampleView, _ steps: Int) throws {
    let others = [
      id, target?.name, options.roles.weight, options.roles.split, options.roles.group, options.metadataObject,
    ]
    let name = options.lengths ?? "length"
    guard options.lengths != "none", !others.contains(name) else { return }
    guard let values = try example.context(name) else {
      if options.lengths == nil { return }
      throw RecordFault("has no feature \(name.quotedForMessage), expected its length")
    }
    // A real number of that name that nobody named may be anything.
    if options.lengths == nil, values.kind != .integers { return }
    guard values.count == 1, let number = values.integers.first else {
      throw RecordFault("feature \(name.quotedForMessage) is not one whole number, expected its length")
    }
    guard number != Int64(steps) else { return }
    throw RecordFault(
      "feature \(name.quotedForMessage) is \(number), but \(inputs.listedForMessage) has \(steps.counted("timestep"))",
      remedy: .ignoreLengths)
  }

  /// The first number of a record that float32 does not hold, in words.
  private func rounded(_ example: SequenceExampleView) throws -> String? {
    var names = tokens == nil && hasWholeFeatures ? inputs : []
    if let target, target.kind == .valuesPerSequence || target.kind == .valuesPerTimestep { names.append(target.name) }
    for name in names {
      let values = try example.list(name)?.values ?? example.context(name)
      if let note = values?.rounded(name) { return note }
    }
    return nil
  }

  private func input(_ example: SequenceExampleView) throws -> (RecordInput, length: Int) {
    var parts: [(values: [Float], width: Int)] = []
    var length: Int?
    for (name, expected) in zip(inputs, widths) {
      guard let list = try TFRecordLayout.steps(name, example, options, isToken: self.tokens != nil) else {
        throw RecordFault("has no feature list \(name.quotedForMessage)")
      }
      guard list.width ?? expected == expected else {
        throw RecordFault(
          "feature list \(name.quotedForMessage) has \((list.width ?? 0).counted("value")) per timestep, expected "
            + "\(expected ?? 0)")
      }
      guard list.steps == length ?? list.steps else {
        throw RecordFault(
          "feature list \(name.quotedForMessage) has \(list.steps.counted("timestep")), but "
            + "\(inputs[0].quotedForMessage) has \(length ?? 0)")
      }
      length = list.steps
      switch tokens {
      case .numbers: return (.tokens(try tokenNumbers(list.values, name)), list.steps)
      case .text: return (.text(try words(list.values, name, example)), list.steps)
      case nil: break
      }
      guard let numbers = list.values.numbers else {
        throw RecordFault("feature list \(name.quotedForMessage) holds text, expected numbers")
      }
      parts.append((numbers, expected ?? 1))
    }
    let (steps, width) = (length ?? 0, totalWidth ?? 1)
    guard parts.count != 1 else { return (.values(parts[0].values, featureCount: width), steps) }
    var values: [Float] = []
    values.reserveCapacity(steps * width)
    for t in 0..<steps { for part in parts { values += part.values[t * part.width..<(t + 1) * part.width] } }
    return (.values(values, featureCount: width), steps)
  }

  /// The cells of a further column: missing ones where the record has no such feature.
  private func cells(of column: Column, _ example: SequenceExampleView, _ length: Int) throws -> RecordCells {
    if column.extent == .labels { return .categories(Categories(try labels(of: column, example))) }
    let name = "column/" + column.name
    let isList = column.extent == .timestep
    let count = isList ? length : 1
    let values = try isList ? example.list(name)?.values : example.context(name)
    if let values, values.count != count {
      throw RecordFault(
        "feature \(name.quotedForMessage) has \(values.count.counted("value")), expected \(count)")
    }
    func wrongKind() -> RecordFault {
      RecordFault("feature \(name.quotedForMessage) is of another kind, expected \(column.kind.words)")
    }
    switch column.kind {
    case .number:
      guard let values else { return .numbers(Array(repeating: .nan, count: count)) }
      guard let numbers = values.numbers else { throw wrongKind() }
      return .numbers(try missing.marked(numbers, width: 1, nil) { value, t, _ in fault(value, name, t) })
    case .category:
      guard let values else { return .categories(Categories(Array(repeating: "", count: count))) }
      guard let texts = try values.texts(name) else { throw wrongKind() }
      return .categories(Categories(texts))
    case .time:
      guard let values else { return .times(Array(repeating: ColumnPlanes.missingTime, count: count)) }
      guard values.kind == .integers || count == 0 else { throw wrongKind() }
      return .times(values.integers)
    }
  }

  /// The labels of a column: of a context feature that is named, or of one that the record says is a column.
  private func labels(of column: Column, _ example: SequenceExampleView) throws -> [String] {
    let name = options.labels.containsExactly(column.name) ? column.name : "column/" + column.name
    guard let values = try example.context(name) else { return [] }
    guard let texts = try values.texts(name) else {
      throw RecordFault("feature \(name.quotedForMessage) holds real numbers, expected labels")
    }
    return texts
  }

  private func tokenNumbers(_ values: FeatureValues, _ name: String) throws -> [Int32] {
    guard values.kind == .integers || values.count == 0 else {
      throw RecordFault("feature list \(name.quotedForMessage) holds no whole numbers, expected tokens")
    }
    return try values.integers.map { number in
      guard let token = Int32(exactly: number), token >= 0 else {
        throw RecordFault("token \(number) is none, expected 0 to \(Int32.max)")
      }
      return token
    }
  }

  private func words(_ values: FeatureValues, _ name: String, _ example: SequenceExampleView) throws -> [String] {
    guard var words = try values.texts(name) else {
      throw RecordFault("feature list \(name.quotedForMessage) holds real numbers, expected text")
    }
    guard let numbers, let list = try example.list(numbers), list.values.integers.count == words.count else {
      return words
    }
    for (t, number) in list.values.integers.enumerated() where number == 0 { words[t] = Vocabulary.unknownText }
    return words
  }

  private func target(
    _ example: SequenceExampleView, _ length: Int, _ validity: [Bool]?
  ) throws -> RecordTarget {
    guard let target else { return .none }
    let name = target.name.quotedForMessage
    func absent() -> RecordFault { RecordFault("has no feature \(name), expected a target") }
    func checked(_ found: Int, _ expected: Int) throws {
      guard found == expected else {
        throw RecordFault("feature \(name) has \(found.counted("value")), expected \(expected)")
      }
    }
    guard target.isList else {
      guard let values = try example.context(target.name) else { throw absent() }
      if target.kind == .classPerSequence {
        try checked(values.count, 1)
        guard let label = try values.texts(target.name)?.first else {
          throw RecordFault("feature \(name) is a real number, expected a class")
        }
        return .label(label)
      }
      try checked(values.count, target.width ?? values.count)
      guard target.kind == .valuesPerSequence, let numbers = values.numbers else {
        throw RecordFault("feature \(name) is one of the sequence, which is no \(target.kind.rawValue)")
      }
      return .values(
        try missing.marked(numbers, width: max(1, numbers.count), nil) { value, _, _ in
          RecordFault("feature \(name) is \(value), expected a finite number")
        })
    }
    guard let list = try example.steps(target.name, width: target.width ?? 1) else { throw absent() }
    guard list.steps == length else {
      throw RecordFault("feature list \(name) has \(list.steps.counted("timestep")), but the input has \(length)")
    }
    if target.kind == .classPerTimestep {
      try checked(list.width ?? 1, 1)
      guard let labels = try list.values.texts(target.name) else {
        throw RecordFault("feature list \(name) holds real numbers, expected classes")
      }
      return .labels(labels)
    }
    let width = target.width ?? list.width ?? 1
    try checked(list.width ?? width, width)
    guard target.kind == .valuesPerTimestep, let numbers = list.values.numbers else {
      throw RecordFault("feature list \(name) is one of timesteps, which is no \(target.kind.rawValue)")
    }
    return .stepValues(
      try missing.marked(numbers, width: width, validity) { value, t, _ in fault(value, name, t) }, width: width)
  }

  private func validity(_ example: SequenceExampleView, _ length: Int) throws -> [Bool]? {
    guard let list = try example.steps(options.roles.valid ?? "valid", width: 1) else { return nil }
    guard list.steps == length, let numbers = list.values.numbers, numbers.count == length else {
      throw RecordFault("its validity has \(list.values.count.counted("number")) for \(length.counted("timestep"))")
    }
    return numbers.map { $0 != 0 }
  }

  private func weight(_ example: SequenceExampleView) throws -> Float? {
    guard let values = try example.context(options.roles.weight ?? "weight") else { return nil }
    guard let weight = values.numbers?.first, values.count == 1, weight >= 0, weight.isFinite else {
      throw RecordFault("its weight is no finite number that is not negative")
    }
    return weight
  }

  /// The text of a feature of the sequence; nil where there is none.
  private func text(_ name: String?, _ example: SequenceExampleView) throws -> String? {
    guard let name, let values = try example.context(name) else { return nil }
    guard values.count == 1, let text = try values.texts(name)?.first else {
      throw RecordFault("feature \(name.quotedForMessage) is not one text")
    }
    return text
  }

  private func metadata(_ example: SequenceExampleView) throws -> String? {
    guard let metadata = try text(options.metadataObject ?? "metadata", example) else { return nil }
    guard metadata.isJSONObject else {
      throw RecordFault("its metadata is \(metadata.quotedForMessage), expected a JSON object")
    }
    return metadata
  }

  private func fault(_ value: Float, _ name: String, _ t: Int) -> RecordFault {
    RecordFault("feature list \(name) is \(value) at timestep \(t + 1), expected a finite number")
  }
}
