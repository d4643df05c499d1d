import RaggedCore

/// The array of targets and what its elements mean.
struct NPZTargets {
  let array: NPYStream
  let kind: TargetKind
  /// Whether the kind goes by the type of the elements, neither option nor file saying it.
  let isGuessed: Bool
  /// Numbers a target.
  let width: Int
  /// The names of classes by number, or of the values.
  let names: [String]?
  /// All classes that there may be; nil where they are taken as they come.
  let declared: [String]?

  /// nil where there are no targets, or none are wanted.
  /// - Throws: a fatal ``InputError`` where they do not fit the input.
  init?(_ arrays: NPZArrays, _ options: NPZOptions, cells: [Int], _ count: Int) throws {
    let candidates = ["targets", "target", "labels", "label", "y", "y_train"]
    guard options.roles.target != [], let array = try arrays.open(options.roles.target?.first, else: candidates) else {
      guard options.roles.targetKind == nil || options.roles.target == [] else {
        throw arrays.file.fault("a kind of target is given, but no array is a target")
      }
      return nil
    }
    self.array = array
    let told = try options.roles.targetKind ?? arrays.texts("target_kind")?.first.flatMap(TargetKind.init)
    isGuessed = told == nil
    kind = try told ?? NPZTargets.kind(array, cells: cells, count: count)
    let shape = kind.isPerTimestep ? cells : [count]
    let isClass = kind.isClass
    let hasWidth = array.shape.count == shape.count + 1
    guard array.shape.starts(with: shape), hasWidth || array.shape.count == shape.count,
      !isClass || !hasWidth || array.shape.last == 1
    else {
      let wanted =
        (!kind.isPerTimestep ? "[B]" : cells.count > 1 ? "[B, T]" : "[N]")
        + " = [\(shape.map(String.init).joined(separator: ", "))]"
      throw array.fault("is \(array.words), expected \(wanted)\(isClass ? "" : ", or with values on one more axis")")
    }
    guard isClass ? array.type.isText || array.type.isWhole : !array.type.isText else {
      throw array.fault(
        "is \(array.words), expected \(isClass ? "text or whole numbers for classes" : "numbers for values")")
    }
    width = hasWidth ? array.shape[shape.count] : 1
    guard width > 0, width <= 1 << 20 else { throw array.fault("is \(array.words), which has no values a target") }
    if isClass {
      names = array.type.isText ? nil : try arrays.texts("class_names")
      declared = try names != nil && arrays.truth("classes_declared") ?? true ? names : options.roles.classes
    } else {
      let found = try options.roles.targetValueNames ?? arrays.texts("target_names")
      if let found, found.count != width {
        throw array.fault("is \(array.words), but \(found.count.counted("name")) are given for its \(width) values")
      }
      names = found
      declared = nil
    }
  }

  /// What the type and the shape say.
  private static func kind(_ array: NPYStream, cells: [Int], count: Int) throws -> TargetKind {
    let isPerSequence = array.shape == [count] || array.shape == [count, 1]
    let isPerTimestep = !isPerSequence && array.shape.starts(with: cells)
    if array.type.kind == .float { return isPerTimestep ? .valuesPerTimestep : .valuesPerSequence }
    return isPerTimestep ? .classPerTimestep : .classPerSequence
  }

  /// What the file says of the targets.
  var description: InputDescription.Target {
    let names = names ?? (width == 1 ? [array.name] : (0..<width).map { "\(array.name)\($0)" })
    return switch kind {
    case .classPerSequence: .classPerSequence(declared: declared)
    case .classPerTimestep: .classPerTimestep(declared: declared)
    case .valuesPerSequence: .valuesPerSequence(names)
    case .valuesPerTimestep: .valuesPerTimestep(names)
    }
  }

  /// The class of each element; the fault says which element is none.
  func classes(_ bytes: [UInt8]) throws -> Categories {
    if array.type.isText {
      return Categories(
        try array.type.texts(bytes).enumerated().map { index, text in
          guard let text else { throw NPZFault("holds no text for timestep \(index + 1)") }
          return text
        })
    }
    let numbers = array.type.integers(bytes)
    guard let names else { return Categories(numbers.map(String.init)) }
    // What stands for a timestep that is not valid, where there is no class.
    let known = names.isEmpty && kind == .classPerTimestep ? [""] : names
    let codes = try numbers.map { number in
      guard number >= 0, number < known.count else {
        throw NPZFault("holds class \(number), expected 0 to \(names.count - 1)")
      }
      return Int32(number)
    }
    return Categories(codes: codes, names: known)
  }
}

/// What is wrong with the elements of one sequence; the reader adds the place.
struct NPZFault: Error {
  let problem: String

  init(_ problem: String) { self.problem = problem }
}
