import RaggedCore

/// What the first objects of a JSON Lines file settle for all that follow.
struct JSONLayout {
  private(set) var fields: JSONFields
  var kind = JSONInput.Kind.undecided
  var targetKind: TargetKind?
  var targetWidth: Int?
  /// What the targets so far are, where no option says it.
  private var evidence: JSONTargetEvidence?
  private var hasWholeClasses = false
  /// What a user should know before sequences are read.
  private(set) var notes: [InputNote] = []

  /// Fields as the options and the names in the first objects have them.
  /// - Parameter line: that of the first object, for errors.
  init(names: [String], options: JSONLinesOptions, file: String, line: Int) throws {
    fields = try JSONFields(options: options, names: names, file: file, line: line)
    targetKind = options.roles.targetKind
    if targetKind == nil, fields.target != nil { evidence = JSONTargetEvidence() }
    targetWidth = options.roles.targetValueNames?.count
  }

  /// Finds further columns among the fields without a role.
  /// - Parameter objects: calls its argument with each object; one that is at fault is passed over.
  mutating func findColumns(
    options: JSONLinesOptions, _ objects: ((JSONScanner) throws -> Void) throws -> Void
  ) throws {
    let names = fields.unused.filter { !options.skipped.containsExactly($0) }
    guard !names.isEmpty else {
      if fields.input == nil { throw fields.noInput }
      return
    }
    var evidence = names.map { _ in JSONColumnEvidence() }
    let places = names.positions()
    let (input, unit, width) = (fields.input, options.unit, options.featureNames?.count)
    try objects { line in
      var (scanner, found) = (line, [(Int, Range<Int>)]())
      var length: Int?
      try scanner.eachField { scanner, range in
        let name = scanner.string(range)
        if let place = places[ExactName(name)] {
          found.append((Int(place), try scanner.skipValue()))
        } else if let input, name.isExactly(input) {
          length = try JSONInput(&scanner, field: input, width: width ?? 1, unit: unit).length
        } else {
          _ = try scanner.skipValue()
        }
      }
      for (place, range) in found {
        scanner.position = range.lowerBound
        try evidence[place].add(&scanner, length: length)
      }
    }
    var columns: [JSONColumn] = []
    for (name, found) in zip(names, evidence) {
      let kind: Column.Kind? =
        options.numbers.containsExactly(name) || options.channels.containsExactly(name)
        ? .number
        : options.categories.containsExactly(name) ? .category : options.times.containsExactly(name) ? .time : nil
      let isLabels = options.labels.containsExactly(name)
      if let column = found.column(name, kind, isLabels: isLabels) { columns.append(column) }
    }
    // Channels stand in the order in which they are asked for.
    let channels = options.channels.compactMap { name in columns.first { $0.name.isExactly(name) } }
    columns = channels + columns.filter { !options.channels.containsExactly($0.name) }
    guard input != nil || columns.contains(where: { $0.extent == .timestep }) else { throw fields.noInput }
    fields.take(columns)
    if input == nil { kind = .values(width: 0) }
  }

  /// Learns from an object what is not settled yet.
  mutating func learn(_ line: JSONScanner, options: JSONLinesOptions) throws {
    var scanner = line
    let object = try JSONObject(&scanner, fields: fields, options: options, width: options.featureNames?.count)
    let length = try self.length(object, &scanner)
    if object.find(.target, &scanner) != nil { try evidence?.add(&scanner, length: length) }
    try learnWidth(object, scanner, options)
    if kind == .undecided { kind = object.input.kind }
  }

  private mutating func learnWidth(_ object: JSONObject, _ line: JSONScanner, _ options: JSONLinesOptions) throws {
    var scanner = line
    guard let targetKind, targetWidth == nil, let field = fields.target, object.find(.target, &scanner) != nil else {
      return
    }
    _ = try JSONTarget(field: field, classes: options.roles.classes)
      .target(&scanner, kind: targetKind, length: try length(object, &scanner), width: &targetWidth)
  }

  /// The number of timesteps: those of the input, or without one as many as the first list has.
  private func length(_ object: JSONObject, _ scanner: inout JSONScanner) throws -> Int {
    guard fields.input == nil else { return object.input.length }
    for (index, column) in fields.columns.enumerated() where column.extent == .timestep {
      guard object.find(.column(index), &scanner) != nil else { continue }
      var count = 0
      try scanner.eachElement {
        _ = try $0.skipValue()
        count += 1
      }
      return count
    }
    return 0
  }

  /// Whether no further object is needed.
  var isSettled: Bool { kind != .undecided && evidence == nil }

  /// Settles what the target is by the objects so far.
  mutating func settleTarget(options: JSONLinesOptions) {
    guard let evidence else { return }
    targetKind = evidence.kind(hasClasses: options.roles.classes != nil)
    hasWholeClasses =
      options.roles.classes == nil && evidence.hasWholeNumbers
      && (targetKind == .classPerSequence || targetKind == .classPerTimestep)
    if evidence.hasWholeReals, let field = fields.target, let targetKind, options.roles.classes == nil {
      notes.append(
        InputNote(
          "field \(field.quotedForMessage) holds whole numbers written with a point and is taken for a value",
          remedy: .takeTargetAs(targetKind.isPerTimestep ? .classPerTimestep : .classPerSequence)))
    }
    self.evidence = nil
  }

  /// What the file says of its sequences.
  func description(options: JSONLinesOptions) -> InputDescription {
    let input: InputDescription.Input =
      switch kind {
      case .undecided: .features(options.featureNames ?? [])
      case .values(let width): .features(width == 0 ? [] : options.featureNames ?? "f".numbers(width))
      case .tokens: .tokens
      case .text(let unit): .text(unit)
      }
    return InputDescription(
      input: input,
      target: InputDescription.Target(
        targetKind, classes: options.roles.classes,
        values: options.roles.targetValueNames ?? (fields.target ?? "target").numbered(targetWidth ?? 1)),
      columns: fields.columns.map { column in
        let isInput =
          options.channels.containsExactly(column.name)
          || options.inputs.map { $0.containsExactly(column.name) }
            ?? (options.input == nil && options.channels.isEmpty)
        return column.column(role: isInput ? .input : .other)
      },
      classColumn: classColumn(options))
  }

  /// What the column of classes is called: as the field, unless that is the one which is called so by convention.
  private func classColumn(_ options: JSONLinesOptions) -> String {
    guard targetKind?.isClass == true, let field = fields.target else { return SequenceSignature.classColumn }
    return field == "target" && options.roles.target == nil ? SequenceSignature.classColumn : field
  }

  /// The record of one line.
  /// - Parameter rounded: what is said of the first whole number that float32 does not hold.
  func record(
    _ line: JSONScanner, options: JSONLinesOptions, stem: String, rounded: inout String?
  ) throws -> SequenceRecord {
    var scanner = line
    defer { if rounded == nil { rounded = scanner.roundedNumber } }
    let width: Int? = if case .values(let width) = kind { width } else { nil }
    let object = try JSONObject(&scanner, fields: fields, options: options, width: width)
    let key = try self.key(object, &scanner, stem: stem)
    do {
      let length = try self.length(object, &scanner)
      return SequenceRecord(
        key: key, input: try input(object, scanner), target: try target(object, &scanner, length, options),
        cells: try cells(object, &scanner, length), weight: try weight(object, &scanner),
        validity: try validity(object, &scanner, length), split: try text(.split, object, &scanner),
        group: try text(.group, object, &scanner),
        metadata: try metadata(object, &scanner), line: scanner.line, length: length)
    } catch var error as InputError {
      error.key = key
      throw error
    }
  }

  private func key(_ object: JSONObject, _ scanner: inout JSONScanner, stem: String) throws -> String {
    guard let id = fields.id else { return "\(stem):\(scanner.line)" }
    guard let key = try text(.id, object, &scanner), !key.isEmpty else {
      throw scanner.fault("field \(id.quotedForMessage) is absent or empty, expected the key of the sequence")
    }
    return key
  }

  private func cells(_ object: JSONObject, _ scanner: inout JSONScanner, _ length: Int) throws -> [RecordCells] {
    try fields.columns.enumerated().map { index, column in
      let isThere = object.find(.column(index), &scanner) != nil
      return try column.cells(&scanner, isThere: isThere, length: length)
    }
  }

  private func input(_ object: JSONObject, _ scanner: JSONScanner) throws -> RecordInput {
    let found = object.input.kind
    guard found == kind || found == .undecided else {
      throw scanner.fault(
        "a timestep of field \((fields.input ?? "").quotedForMessage) is \(found.words), expected \(kind.words)")
    }
    switch kind {
    case .undecided: return .values([], featureCount: 0)
    case .values(let width): return .values(object.input.values, featureCount: width)
    case .tokens: return .tokens(object.input.tokens)
    case .text: return .text(object.input.text)
    }
  }

  private func target(
    _ object: JSONObject, _ scanner: inout JSONScanner, _ length: Int, _ options: JSONLinesOptions
  ) throws -> RecordTarget {
    guard let field = fields.target else { return .none }
    let isThere = object.find(.target, &scanner) != nil
    guard let kind = targetKind else {
      if !isThere { return .none }
      throw scanner.fault("field \(field.quotedForMessage) is a target, but no sequence before has one")
    }
    guard isThere || object.has(.target) else {
      throw scanner.fault("there is no field \(field.quotedForMessage), expected a target, or null for a missing one")
    }
    var width = targetWidth
    let target = JSONTarget(field: field, classes: options.roles.classes, hasWholeClasses: hasWholeClasses)
    guard isThere else { return target.missing(kind, length: length, width: width) }
    return try target.target(&scanner, kind: kind, length: length, width: &width)
  }

  private func weight(_ object: JSONObject, _ scanner: inout JSONScanner) throws -> Float? {
    guard object.find(.weight, &scanner) != nil else { return nil }
    let weight = try scanner.float("the weight")
    guard weight >= 0 else { throw scanner.fault("the weight is \(weight), expected one that is not negative") }
    return weight
  }

  private func validity(_ object: JSONObject, _ scanner: inout JSONScanner, _ length: Int) throws -> [Bool]? {
    guard object.find(.valid, &scanner) != nil else { return nil }
    var validity: [Bool] = []
    try scanner.eachElement { element in
      let word = try element.scalarText("true or false")
      guard ["true", "false", "1", "0"].contains(word) else {
        throw element.fault("the validity holds \(word.quotedForMessage), expected true or false")
      }
      validity.append(word == "true" || word == "1")
    }
    guard validity.count == length else {
      throw scanner.fault(
        "the validity has \(validity.count.counted("value")), but the sequence has \(length.counted("timestep"))"
      )
    }
    return validity
  }

  private func text(_ role: JSONFields.Role, _ object: JSONObject, _ scanner: inout JSONScanner) throws -> String? {
    guard object.find(role, &scanner) != nil else { return nil }
    return try scanner.scalarText("text or a number")
  }

  private func metadata(_ object: JSONObject, _ scanner: inout JSONScanner) throws -> String? {
    guard fields.extras.isEmpty else {
      let written = fields.extras.enumerated().map { index, name in
        "\(name.jsonQuoted):\(object.find(.extra(index), &scanner).map { scanner.bytes.slice($0).text } ?? "null")"
      }
      let metadata = "{\(written.joined(separator: ","))}"
      guard metadata.isJSONObject else { throw scanner.fault("the metadata hold NaN or Infinity, which JSON has not") }
      return metadata
    }
    guard let place = object.find(.metadata, &scanner) else { return nil }
    guard scanner.peek() == 0x7B else { throw scanner.unexpected("an object as field \"metadata\"") }
    let metadata = scanner.bytes.slice(place)
    let mayHold = metadata.firstIndex(of: 0x4E) != nil || metadata.firstIndex(of: 0x49) != nil
    guard !mayHold || metadata.isJSONObject else {
      throw scanner.fault("field \"metadata\" holds NaN or Infinity, which JSON has not")
    }
    return metadata.text
  }
}

/// Which field of the objects of a JSON Lines file means what.
struct JSONFields {
  /// What a field is for.
  enum Role: Hashable {
    case id, input, target, weight, valid, split, group, metadata, extra(Int), column(Int)
  }

  /// The field of the key, nil where keys are made of file and line.
  private(set) var id: String?
  /// The field of the timesteps; nil where they are further columns alone.
  private(set) var input: String?
  /// The field of the target, nil where none is wanted.
  private(set) var target: String?
  /// Fields kept as metadata under their own names; empty where the field `metadata` holds it all.
  let extras: [String]
  private var roles: [(name: [UInt8], role: Role)]
  /// Fields without a role.
  private(set) var unused: [String]
  /// Further columns.
  private(set) var columns: [JSONColumn] = []
  /// What is wrong where there is no input.
  let noInput: InputError

  /// What the field of the timesteps is called where nobody says it.
  static let usualInputs = ["features", "tokens", "text"]

  /// Fields by the options and by the names in the first object.
  /// - Throws: ``InputError`` where a field that is named or needed is not among `names`.
  init(options: JSONLinesOptions, names: [String], file: String, line: Int) throws {
    func known(_ name: String?) throws -> String? {
      guard let name, !names.containsExactly(name) else { return name }
      throw InputError(
        file: file, line: line,
        problem: "there is no field \(name.quotedForMessage)\(names.alternatives(to: name, called: "fields"))",
        isFatal: true)
    }
    id = try known(options.roles.id) ?? ["id", "key"].first(where: names.containsExactly)
    noInput = InputError(
      file: file, line: line,
      problem: "there is no field \"features\", \"tokens\" or \"text\"; the fields are \(names.listedForMessage)",
      isFatal: true)
    for name in options.channels { _ = try known(name) }
    input =
      try known(options.input)
      ?? (options.channels.isEmpty
        ? Self.usualInputs.first(where: names.containsExactly) ?? options.foundInput : nil)
    let kinds = options.numbers + options.categories + options.times + options.labels
    for name in kinds + (options.inputs ?? []) + options.skipped { _ = try known(name) }
    let targets = ["target", "label", "class"]
    target =
      options.roles.target?.isEmpty == true
      ? nil : options.roles.target?.first ?? targets.first(where: names.containsExactly) ?? "target"
    if options.roles.target != nil { _ = try known(target) }
    extras = options.metadata
    var roles: [(String, Role)] = []
    if let input { roles.append((input, .input)) }
    if let id { roles.append((id, .id)) }
    if let target { roles.append((target, .target)) }
    roles.append((try known(options.roles.weight) ?? "weight", .weight))
    roles.append((try known(options.roles.valid) ?? "valid", .valid))
    roles.append((try known(options.roles.split) ?? "split", .split))
    roles.append((try known(options.roles.group) ?? "group", .group))
    if extras.isEmpty, let field = options.metadataField { roles.append((field, .metadata)) }
    for (index, name) in extras.enumerated() { roles.append((try known(name) ?? name, .extra(index))) }
    self.roles = roles.map { (Array($0.0.utf8), $0.1) }
    unused = names.filter { name in !roles.contains { $0.0.isExactly(name) } }
  }

  /// Makes further columns of fields that had no role.
  mutating func take(_ columns: [JSONColumn]) {
    self.columns = columns
    roles += columns.enumerated().map { (Array($1.name.utf8), .column($0)) }
    unused.removeAll { name in columns.contains { $0.name.isExactly(name) } }
  }

  /// The role of the field with this name.
  func role(of name: ByteSlice) -> Role? {
    for entry in roles where name.equals(entry.name) { return entry.role }
    return nil
  }

  /// Each role with its field, in words.
  func summary(targetKind: TargetKind?) -> String {
    var parts = ["id: \(id?.quotedForMessage ?? "file and line")"]
    if let input { parts.append("input: \(input.quotedForMessage)") }
    if let target, let targetKind { parts.append("target (\(targetKind.rawValue)): \(target.quotedForMessage)") }
    parts += columns.map { ($0.name, $0.kind, $0.extent) }.roleWords
    if !unused.isEmpty { parts.append("not imported: \(unused.listedForMessage)") }
    return parts.joined(separator: "; ")
  }
}

/// What the targets of the first objects of a JSON Lines file are, so that none decides alone.
struct JSONTargetEvidence {
  private var texts = 0
  private var scalars = 0
  private var arrays = 0
  private var hasReal = false
  private var hasFraction = false
  private var hasNested = false
  /// Arrays with as many elements as their sequence has timesteps.
  private var fitting = 0
  private var width: Int?
  private var hasOneWidth = true

  /// Looks at the target that comes next, of a sequence of `length` timesteps.
  mutating func add(_ scanner: inout JSONScanner, length: Int) throws {
    switch scanner.peek() {
    case 0x6E, 0x4E: return
    case 0x5B: break
    default:
      scalars += 1
      return try addScalar(&scanner)
    }
    var count = 0
    try scanner.eachElement { element in
      count += 1
      if element.peek() == 0x5B {
        hasNested = true
        _ = try element.skipValue()
      } else {
        try addScalar(&element)
      }
    }
    // An empty array fits a sequence without timesteps, and says nothing of others.
    guard count > 0 else { return }
    arrays += 1
    if count == length { fitting += 1 }
    hasOneWidth = hasOneWidth && count == width ?? count
    width = count
  }

  private mutating func addScalar(_ scanner: inout JSONScanner) throws {
    if try scanner.skipNull() { return }
    let start = scanner.position
    _ = try scanner.skipValue()
    var end = start
    guard let number = DecimalNumber(scanner.bytes, at: &end) else {
      texts += 1
      return
    }
    if !number.isInteger { hasReal = true }
    if !number.isWhole { hasFraction = true }
  }

  /// What the targets are; nil where none of them decides it.
  /// - Parameter hasClasses: whether the classes are declared.
  func kind(hasClasses: Bool) -> TargetKind? {
    let isClass = hasClasses || texts > 0 || !hasReal
    if scalars > 0, scalars >= arrays { return isClass ? .classPerSequence : .valuesPerSequence }
    guard arrays > 0 else { return nil }
    if hasNested { return .valuesPerTimestep }
    let isPerTimestep = texts > 0 || fitting == arrays || (!hasOneWidth && 2 * fitting >= arrays)
    guard isPerTimestep else { return .valuesPerSequence }
    return isClass ? .classPerTimestep : .valuesPerTimestep
  }

  /// Whether classes are so because their targets are whole numbers.
  var hasWholeNumbers: Bool { texts == 0 && !hasReal && scalars + arrays > 0 }
  /// Whether values are whole numbers that are written with a point or an exponent.
  var hasWholeReals: Bool { texts == 0 && hasReal && !hasFraction && !hasNested }
}
