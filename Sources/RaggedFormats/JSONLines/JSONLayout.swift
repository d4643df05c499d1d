import RaggedCore

/// What the first objects of a JSON Lines file settle for all that follow.
struct JSONLayout {
  let fields: JSONFields
  var kind = JSONInput.Kind.undecided
  var targetKind: TargetKind?
  var targetWidth: Int?
  /// What the targets so far are, where no option says it.
  private var evidence: JSONTargetEvidence?
  private var hasWholeClasses = false
  /// What a user should know before sequences are read.
  private(set) var notes: [String] = []

  /// Fields as the options and the names in the first objects have them.
  /// - Parameter line: that of the first object, for errors.
  init(names: [String], options: JSONLinesOptions, file: String, line: Int) throws {
    fields = try JSONFields(options: options, names: names, file: file, line: line)
    targetKind = options.roles.targetKind
    if targetKind == nil, fields.target != nil { evidence = JSONTargetEvidence() }
    targetWidth = options.roles.targetValueNames?.count
  }

  /// Learns from an object what is not settled yet.
  mutating func learn(_ line: JSONScanner, options: JSONLinesOptions) throws {
    var scanner = line
    let object = try JSONObject(&scanner, fields: fields, options: options, width: options.featureNames?.count)
    if let place = object.place(.target, scanner) {
      scanner.position = place.lowerBound
      try evidence?.add(&scanner, length: object.input.length)
    }
    try learnWidth(object, scanner, options)
    if kind == .undecided { kind = object.input.kind }
  }

  private mutating func learnWidth(_ object: JSONObject, _ line: JSONScanner, _ options: JSONLinesOptions) throws {
    var scanner = line
    guard let targetKind, targetWidth == nil, let field = fields.target, let place = object.place(.target, scanner)
    else {
      return
    }
    scanner.position = place.lowerBound
    _ = try JSONTarget(field: field, classes: options.roles.classes)
      .target(&scanner, kind: targetKind, length: object.input.length, width: &targetWidth)
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
      let other = targetKind.isPerTimestep ? "class-per-step" : "class"
      notes.append(
        "field \(field.quotedForMessage) holds whole numbers written with a point and is taken for a value; "
          + "--target-kind \(other) takes it for a class")
    }
    self.evidence = nil
  }

  /// What the file says of its sequences.
  func description(options: JSONLinesOptions) -> InputDescription {
    let input: InputDescription.Input =
      switch kind {
      case .undecided: .features(options.featureNames ?? [])
      case .values(let width): .features(options.featureNames ?? (0..<width).map { "f\($0)" })
      case .tokens: .tokens
      case .text(let unit): .text(unit)
      }
    let field = fields.target ?? "target"
    let width = targetWidth ?? 1
    let names = options.roles.targetValueNames ?? (width == 1 ? [field] : (0..<width).map { "\(field)\($0)" })
    let target: InputDescription.Target =
      switch targetKind {
      case nil: .none
      case .classPerSequence: .classPerSequence(declared: options.roles.classes)
      case .classPerTimestep: .classPerTimestep(declared: options.roles.classes)
      case .valuesPerSequence: .valuesPerSequence(names)
      case .valuesPerTimestep: .valuesPerTimestep(names)
      }
    return InputDescription(input: input, target: target)
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
      return SequenceRecord(
        key: key, input: try input(object, scanner), target: try target(object, &scanner, options),
        weight: try weight(object, &scanner), validity: try validity(object, &scanner),
        split: try text(.split, object, &scanner), group: try text(.group, object, &scanner),
        metadata: try metadata(object, &scanner), line: scanner.line)
    } catch var error as InputError {
      error.key = key
      throw error
    }
  }

  private func key(_ object: JSONObject, _ scanner: inout JSONScanner, stem: String) throws -> String {
    guard let id = fields.id else { return "\(stem):\(scanner.line)" }
    guard let key = try text(.id, object, &scanner), !key.isEmpty else {
      throw fault(scanner, "field \(id.quotedForMessage) is absent or empty, expected the key of the sequence")
    }
    return key
  }

  private func input(_ object: JSONObject, _ scanner: JSONScanner) throws -> RecordInput {
    let found = object.input.kind
    guard found == kind || found == .undecided else {
      throw fault(
        scanner,
        "a timestep of field \(fields.input.quotedForMessage) is \(found.words), expected \(kind.words)")
    }
    switch kind {
    case .undecided: return .values([], featureCount: 0)
    case .values(let width): return .values(object.input.values, featureCount: width)
    case .tokens: return .tokens(object.input.tokens)
    case .text: return .text(object.input.text)
    }
  }

  private func target(
    _ object: JSONObject, _ scanner: inout JSONScanner, _ options: JSONLinesOptions
  ) throws -> RecordTarget {
    guard let field = fields.target else { return .none }
    let place = object.place(.target, scanner)
    guard let kind = targetKind else {
      if place == nil { return .none }
      throw fault(scanner, "field \(field.quotedForMessage) is a target, but no sequence before has one")
    }
    guard let place else { throw fault(scanner, "there is no field \(field.quotedForMessage), expected a target") }
    scanner.position = place.lowerBound
    var width = targetWidth
    return try JSONTarget(field: field, classes: options.roles.classes, hasWholeClasses: hasWholeClasses)
      .target(&scanner, kind: kind, length: object.input.length, width: &width)
  }

  private func weight(_ object: JSONObject, _ scanner: inout JSONScanner) throws -> Float? {
    guard let place = object.place(.weight, scanner) else { return nil }
    scanner.position = place.lowerBound
    let weight = try scanner.float("the weight")
    guard weight >= 0 else { throw fault(scanner, "the weight is \(weight), expected one that is not negative") }
    return weight
  }

  private func validity(_ object: JSONObject, _ scanner: inout JSONScanner) throws -> [Bool]? {
    guard let place = object.place(.valid, scanner) else { return object.input.validity }
    scanner.position = place.lowerBound
    var validity: [Bool] = []
    try scanner.eachElement { element in
      let word = try element.scalarText("true or false")
      guard ["true", "false", "1", "0"].contains(word) else {
        throw fault(element, "the validity holds \(word.quotedForMessage), expected true or false")
      }
      validity.append(word == "true" || word == "1")
    }
    guard validity.count == object.input.length else {
      throw fault(
        scanner,
        "the validity has \(validity.count.counted("value")), but the sequence has \(object.input.length.counted("timestep"))"
      )
    }
    guard let inner = object.input.validity else { return validity }
    return zip(validity, inner).map { $0 && $1 }
  }

  private func text(_ role: JSONFields.Role, _ object: JSONObject, _ scanner: inout JSONScanner) throws -> String? {
    guard let place = object.place(role, scanner) else { return nil }
    scanner.position = place.lowerBound
    return try scanner.scalarText("text or a number")
  }

  private func metadata(_ object: JSONObject, _ scanner: inout JSONScanner) throws -> String? {
    guard fields.extras.isEmpty else {
      let written = fields.extras.enumerated().map { index, name in
        "\(name.jsonQuoted):\(object.place(.extra(index), scanner).map { scanner.bytes.slice($0).text } ?? "null")"
      }
      return "{\(written.joined(separator: ","))}"
    }
    guard let place = object.place(.metadata, scanner) else { return nil }
    scanner.position = place.lowerBound
    guard scanner.peek() == 0x7B else { throw scanner.unexpected("an object as field \"metadata\"") }
    return scanner.bytes.slice(place).text
  }

  private func fault(_ scanner: JSONScanner, _ problem: String) -> InputError {
    InputError(file: scanner.file, line: scanner.line, problem: problem)
  }
}
