import RaggedCore

/// Reads the target of an object.
struct JSONTarget {
  let field: String
  let classes: [String]?
  let classSet: Set<ExactName>?
  /// Whether classes were told by whole numbers, so that one with a point speaks against it.
  let hasWholeClasses: Bool

  init(field: String, classes: [String]?, hasWholeClasses: Bool = false) {
    self.field = field
    self.classes = classes
    self.hasWholeClasses = hasWholeClasses
    classSet = classes?.exactNames
  }

  /// The target that comes next; `width` is filled in where it is nil.
  func target(
    _ scanner: inout JSONScanner, kind: TargetKind, length: Int, width: inout Int?
  ) throws -> RecordTarget {
    switch kind {
    case .classPerSequence: return .label(try label(&scanner))
    case .classPerTimestep:
      var labels: [String] = []
      try scanner.eachElement { labels.append(try label(&$0)) }
      try check(labels.count, "label", length, scanner)
      return .labels(labels)
    case .valuesPerSequence:
      var values: [Float] = []
      if scanner.peek() == 0x5B {
        try scanner.eachElement { values.append(try $0.float(field.quotedForMessage)) }
      } else {
        values = [try scanner.float(field.quotedForMessage)]
      }
      try check(width: values.count, &width, scanner)
      return .values(values)
    case .valuesPerTimestep:
      var values: [Float] = []
      var count = 0
      try scanner.eachElement { step in
        let before = values.count
        if step.peek() == 0x5B {
          try step.eachElement { values.append(try $0.float("\(field.quotedForMessage), timestep \(count + 1)")) }
        } else {
          values.append(try step.float("\(field.quotedForMessage), timestep \(count + 1)"))
        }
        try check(width: values.count - before, &width, step)
        count += 1
      }
      try check(count, "value", length, scanner)
      return .stepValues(values, width: width ?? 1)
    }
  }

  /// Whether a number with a point or an exponent comes next.
  private func isRealNumber(_ scanner: JSONScanner) throws -> Bool {
    var scanner = scanner
    _ = scanner.peek()
    return DecimalNumber(scanner.bytes, at: &scanner.position).map { !$0.isInteger } ?? false
  }

  private func label(_ scanner: inout JSONScanner) throws -> String {
    if hasWholeClasses, try isRealNumber(scanner) {
      var error = scanner.unexpected(
        "a class as field \(field.quotedForMessage), whole numbers as in the objects before it")
      error.remedy = .sayTargetKind(
        values: [.valuesPerSequence, .valuesPerTimestep], classes: [.classPerSequence, .classPerTimestep])
      throw error
    }
    let label = try scanner.scalarText("a class as field \(field.quotedForMessage)")
    if let classSet, !classSet.contains(ExactName(label)) {
      throw InputError(
        file: scanner.file, line: scanner.line,
        problem: "field \(field.quotedForMessage) is \(label.quotedForMessage), expected one of the declared classes "
          + (classes ?? []).listedForMessage)
    }
    return label
  }

  private func check(_ count: Int, _ what: String, _ length: Int, _ scanner: JSONScanner) throws {
    guard count != length else { return }
    throw InputError(
      file: scanner.file, line: scanner.line,
      problem: "field \(field.quotedForMessage) has \(count.counted(what)), but the sequence has "
        + "\(length.counted("timestep"))")
  }

  private func check(width found: Int, _ width: inout Int?, _ scanner: JSONScanner) throws {
    let expected = width ?? found
    guard found == expected, found > 0 else {
      throw InputError(
        file: scanner.file, line: scanner.line,
        problem: "field \(field.quotedForMessage) has \(found.counted("value")), expected \(max(expected, 1))")
    }
    width = expected
  }
}
