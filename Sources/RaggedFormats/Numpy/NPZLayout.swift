import RaggedCore

/// Which array means what, and how sequences lie in them.
struct NPZLayout {
  /// How sequences of mixed length lie in the input.
  enum Arrangement {
    /// `[B, T, …]`: a row per sequence.
    case padded(length: Int)
    /// `[N, …]`: one after the other.
    case ragged
    /// An array `[T, …]` a sequence, of these names.
    case list([String])
  }

  /// What a timestep is.
  enum Input: Equatable {
    case features(count: Int)
    case tokens
    /// Token numbers that a vocabulary turns into text; in the place of 0, whatever the file has there, stands the unknown.
    case vocabulary([String], Vocabulary.Unit)
    /// Tokens as text.
    case text(Vocabulary.Unit)
  }

  let input: NPYStream
  let offsets: NPYStream?
  let lengths: NPYStream?
  let mask: NPYStream?
  let validity: NPYStream?
  let keys: NPYStream?
  let weights: NPYStream?
  let hasWeight: NPYStream?
  let splits: NPYStream?
  let groups: NPYStream?
  let metadata: NPYStream?
  let targets: NPZTargets?
  let arrangement: Arrangement
  let kind: Input
  /// Sequences: `B`.
  let count: Int
  let featureNames: [String]
  let missing: MissingNumbers
  /// The number that is no token and yet may stand at the end.
  let paddingToken: Int64?
  let further: NPZColumns
  /// What the column of classes is called.
  let classColumn: String
  /// The arrays that nothing is made of.
  let unused: [String]
  private let arrays: NPZArrays

  /// Names under which the input is looked for.
  static let inputNames = ["values", "tokens", "features", "x", "X", "x_train", "data", "arr_0"]

  /// Every array that has elements for each sequence.
  var streams: [NPYStream] {
    let shared = [offsets, lengths, mask, validity, keys, weights, hasWeight, splits, groups, metadata, targets?.array]
    // In a list each sequence opens an array of its own.
    return (list == nil ? [input] : []) + (shared + [further.observed]).compactMap { $0 } + further.planes.map(\.array)
      + further.lists.flatMap { [$0.array, $0.offsets] }
  }

  /// The arrays that are a sequence each; nil where the sequences stand in one.
  var list: [String]? { if case .list(let names) = arrangement { names } else { nil } }

  /// The array of the sequence at a position of the list; nil where the sequences stand in one.
  func element(_ position: Int) throws -> NPYStream? { try list.flatMap { try arrays.open($0[position], else: []) } }

  /// Type and shape of an array.
  func words(of name: String) throws -> String? { try arrays.words(of: name) }

  /// - Throws: a fatal ``InputError`` where arrays are not there or do not fit each other.
  init(_ arrays: NPZArrays, _ options: NPZOptions) throws {
    let only = arrays.names.count == 1 ? arrays.names : []
    let unnamed = try NPZLayout.unnamed(arrays, options)
    guard
      let input = try arrays.open(options.input ?? unnamed.first, else: NPZLayout.inputNames + only)
    else {
      throw arrays.file.fault(
        "there is no array \(NPZLayout.inputNames.listedForMessage) and none is named; the arrays are "
          + arrays.names.listedForMessage)
    }
    let offsets = try arrays.open(options.offsets, else: ["offsets"])
    let lengths = offsets == nil ? try arrays.open(options.lengths, else: ["lengths"]) : nil
    let validity = try arrays.open(options.roles.valid, else: ["validity"])
    // What is invalid rather than padded keeps its place.
    let mask =
      offsets == nil && (validity == nil || lengths == nil) ? try arrays.open(options.mask, else: ["mask"]) : nil
    self.input = input
    (self.offsets, self.lengths, self.mask, self.validity) = (offsets, lengths, mask, validity)
    keys = try arrays.open(options.roles.id, else: ["keys", "key", "ids", "id"])
    weights = try arrays.open(options.roles.weight, else: ["weights", "sample_weight"])
    hasWeight = try arrays.open(nil, else: ["has_weight"])
    splits = try arrays.open(options.roles.split, else: ["splits"])
    groups = try arrays.open(options.roles.group, else: ["groups"])
    metadata = try arrays.open(options.metadataObject, else: ["metadata"])
    let isList = unnamed.count > 1
    kind = try NPZLayout.kind(input, arrays, options, isRagged: offsets != nil || isList)
    (arrangement, count) = isList ? (.list(unnamed), unnamed.count) : try NPZLayout.arrangement(input, offsets)
    let cells: [Int] =
      switch arrangement {
      case .padded(let length): [count, length]
      case .ragged: [input.shape[0]]
      // No array has a cell for each timestep of all.
      case .list: [count, -1]
      }
    targets = try NPZTargets(arrays, options, cells: cells, count)
    featureNames = try NPZLayout.featureNames(kind, arrays, options, input)
    missing = MissingNumbers(options.missing)
    paddingToken = options.padding.flatMap { Int64($0) }
    further = try NPZColumns(
      arrays, cells: cells, count: count, width: featureNames.count, role: options.input == nil ? .input : .other,
      labels: options.labels)
    classColumn = try arrays.texts("class_column")?.first ?? SequenceSignature.classColumn
    unused = arrays.unopened.filter { !unnamed.contains($0) && !NPZLayout.descriptions.contains($0) }
    self.arrays = arrays
    try check(cells, arrays.file)
  }

  /// Arrays that say something of others, so that they are no loss where an option says it.
  private static let descriptions: Set<String> = [
    "feature_names", "target_names", "class_names", "classes_declared", "target_kind", "token_unit", "vocabulary",
    "has_weight", "column_names", "column_kinds", "column_extents", "column_roles", "class_column",
  ]

  /// The arrays that `numpy.savez` was given without names and that have no role, `arr_0` first: several are a sequence
  /// each. Empty where another array is the input.
  /// - Throws: a fatal ``InputError`` where several cannot be a sequence each.
  private static func unnamed(_ arrays: NPZArrays, _ options: NPZOptions) throws -> [String] {
    guard options.input == nil, arrays.first(of: inputNames).map({ $0 == "arr_0" }) ?? true else { return [] }
    let roles = [
      options.roles.id, options.roles.weight, options.roles.valid, options.roles.split, options.roles.group,
      options.metadataObject, options.lengths,
      options.mask, options.offsets, options.roles.target?.first,
    ]
    let numbered = arrays.names.compactMap { name -> (name: String, number: Int)? in
      guard name.hasPrefix("arr_"), let number = Int(name.dropFirst(4)), !roles.contains(name) else { return nil }
      return (name, number)
    }
    let names = numbered.sorted { $0.number < $1.number }.map(\.name)
    guard names.count > 1 else { return names }
    func refuse(_ problem: String) -> InputError {
      var error = arrays.file.fault(
        "has \(names.count) arrays without names, which are no list of sequences: \(problem)")
      error.remedy = .nameArrays(input: names[0])
      return error
    }
    let others = [
      (options.lengths, "lengths"), (options.mask, "mask"), (options.offsets, "offsets"),
      (options.roles.valid, "validity"),
    ]
    for (named, usual) in others {
      if let name = named ?? arrays.first(of: [usual]) { throw refuse("there is an array \(name.quotedForMessage)") }
    }
    let isToken = options.tokens != nil
    var first: NPYStream?
    for name in names {
      guard let array = try arrays.open(name, else: []) else { continue }
      let like = first ?? array
      first = like
      let isOneEach = isToken || array.type.isText
      guard array.shape.count == 1 || array.shape.count == 2 && !isOneEach,
        array.shape.count == like.shape.count, array.shape.dropFirst() == like.shape.dropFirst(),
        array.type.isText == like.type.isText, !isToken || array.type.isWhole || array.type.isText
      else {
        let other = like === array ? "" : "\(like.name.quotedForMessage) is \(like.words) and "
        throw refuse(
          "\(other)\(array.name.quotedForMessage) is \(array.words), expected "
            + (isOneEach ? "[T] of tokens" : "[T, F] with one F, or [T]"))
      }
      guard array.shape[0] <= Int(Int32.max) else {
        throw refuse("\(array.name.quotedForMessage) is \(array.words), which has more than \(Int32.max) timesteps")
      }
    }
    return names
  }

  private static func kind(
    _ input: NPYStream, _ arrays: NPZArrays, _ options: NPZOptions, isRagged: Bool
  ) throws -> Input {
    if input.type.isText { return .text(options.tokens?.unit ?? .words) }
    let isToken = options.tokens != nil || input.name == "tokens"
    if isToken {
      guard input.type.isWhole else { throw input.fault("is \(input.words), expected whole numbers for tokens") }
      guard var words = try arrays.texts("vocabulary") else { return .tokens }
      if !words.isEmpty { words[0] = Vocabulary.unknownText }
      let unit = try options.tokens?.unit ?? arrays.texts("token_unit")?.first.flatMap(Vocabulary.Unit.init) ?? .words
      return .vocabulary(words, unit)
    }
    // A rank more than that of a token has the features on its last axis.
    let rank = isRagged ? 2 : 3
    guard input.shape.count == rank || input.shape.count == rank - 1 else {
      let wanted = rank == 3 ? "[B, T, F] or [B, T]" : "[N, F] or [N]"
      throw input.fault("is \(input.words), expected \(wanted)")
    }
    let features = input.shape.count == rank ? input.shape[rank - 1] : 1
    guard features > 0 || features == 0 && arrays.first(of: ["column_names"]) != nil, features <= 1 << 20 else {
      throw input.fault("is \(input.words), which has \(features) features per timestep, expected 1 to \(1 << 20)")
    }
    return .features(count: features)
  }

  private static func arrangement(_ input: NPYStream, _ offsets: NPYStream?) throws -> (Arrangement, Int) {
    guard let offsets else {
      guard input.shape.count >= 2 else { throw input.fault("is \(input.words), expected [B, T]") }
      guard input.shape[1] <= Int(Int32.max) else {
        throw input.fault("is \(input.words), which has more than \(Int32.max) timesteps per sequence")
      }
      return (.padded(length: input.shape[1]), input.shape[0])
    }
    guard input.shape.count >= 1 else { throw input.fault("is \(input.words), expected [N]") }
    guard offsets.shape.count == 1, offsets.shape[0] >= 1, offsets.type.isWhole else {
      throw offsets.fault("is \(offsets.words), expected whole numbers [B + 1]")
    }
    return (.ragged, offsets.shape[0] - 1)
  }

  private static func featureNames(
    _ kind: Input, _ arrays: NPZArrays, _ options: NPZOptions, _ input: NPYStream
  ) throws -> [String] {
    guard case .features(let count) = kind else { return [] }
    guard let names = try options.featureNames ?? arrays.texts("feature_names") else {
      return "f".numbers(count)
    }
    guard names.count == count else {
      throw input.fault("is \(input.words), but \(names.count.counted("feature name")) are given")
    }
    return names
  }

  private func check(_ cells: [Int], _ file: ByteFile) throws {
    func expect(_ array: NPYStream?, _ shape: [Int], _ words: String, _ fits: Bool) throws {
      guard let array, array.shape != shape || !fits else { return }
      throw array.fault("is \(array.words), expected \(words) [\(shape.map(String.init).joined(separator: ", "))]")
    }
    var inputShape = cells
    if case .features = kind, input.shape.count > cells.count { inputShape.append(input.shape[cells.count]) }
    if list == nil { try expect(input, inputShape, "tokens", true) }
    try expect(lengths, [count], "whole numbers", lengths?.type.isWhole ?? true)
    try expect(mask, cells, "truth values", mask?.type.isTruthLike ?? true)
    try expect(validity, cells, "truth values", validity?.type.isTruthLike ?? true)
    try expect(keys, [count], "text or whole numbers", keys.map { $0.type.isText || $0.type.isWhole } ?? true)
    try expect(weights, [count], "numbers", weights.map { !$0.type.isText } ?? true)
    try expect(hasWeight, [count], "truth values", hasWeight?.type.kind ?? .truth == .truth)
    for array in [splits, groups, metadata] { try expect(array, [count], "text", array?.type.isText ?? true) }
    if validity != nil, offsets == nil, lengths == nil {
      throw file.fault("has validity of padded timesteps but no lengths, which say where padding begins")
    }
    // Sequences that take no byte at all could be any number.
    let hasBytes = streams.contains { $0.shape.first ?? 0 >= count && $0.elementsPerRow > 0 && $0.type.size > 0 }
    guard count == 0 || hasBytes || list != nil else {
      throw input.fault("is \(input.words): \(count.counted("sequence")) of which the file holds no byte")
    }
  }
}

extension NPYType {
  /// Whether its elements can say yes or no: truth values, or numbers that are 0 or not.
  var isTruthLike: Bool { !isText }

  /// The elements as yes or no.
  func truths(_ bytes: [UInt8]) -> [Bool] {
    isWhole ? integers(bytes).map { $0 != 0 } : floats(bytes).map { $0 != 0 }
  }
}

extension NPYStream {
  /// Elements behind the first axis.
  var elementsPerRow: Int { shape.dropFirst().contains(0) ? 0 : shape.dropFirst().reduce(1) { $0 &* $1 } }
}

/// The array of targets and what its elements mean.
struct NPZTargets {
  let array: NPYStream
  let kind: TargetKind
  /// Whether the kind goes by the type of the elements, neither option nor file saying it.
  let isGuessed: Bool
  /// The width of a target.
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
    guard width > 0, width <= 1 << 20 else { throw array.fault("is \(array.words), which has no values per target") }
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
    InputDescription.Target(kind, classes: declared, values: names ?? array.name.numbered(width))
  }

  /// The class of each element, an empty one for -1 where classes have names; the fault says which element is none.
  func classes(_ bytes: [UInt8]) throws -> Categories {
    if array.type.isText {
      return Categories(
        try array.type.texts(bytes).enumerated().map { index, text in
          guard let text else { throw RecordFault("holds no text for timestep \(index + 1)") }
          return text
        })
    }
    let numbers = array.type.integers(bytes)
    guard let names else { return Categories(numbers.map(String.init)) }
    let codes = try numbers.map { number in
      guard number >= -1, number < names.count else {
        throw RecordFault("holds class \(number), expected 0 to \(names.count - 1), or -1 where it is missing")
      }
      return Int32(number == -1 ? names.count : Int(number))
    }
    return Categories(codes: codes, names: names + [""])
  }
}
