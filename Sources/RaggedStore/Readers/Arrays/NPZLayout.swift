import RaggedCore

/// Which array means what, and how sequences lie in them.
struct NPZLayout {
  /// How sequences of mixed length lie in the input.
  enum Arrangement {
    /// `[B, T, …]`: a row a sequence.
    case padded(length: Int)
    /// `[N, …]`: one after the other.
    case ragged
  }

  /// What a timestep is.
  enum Input: Equatable {
    case features(count: Int)
    case tokens
    /// Token numbers that a vocabulary turns into text.
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

  /// Names under which the input is looked for.
  static let inputNames = ["values", "tokens", "features", "x", "X", "x_train", "data", "arr_0"]

  /// Every array that has elements for each sequence.
  var streams: [NPYStream] {
    [input, offsets, lengths, mask, validity, keys, weights, hasWeight, splits, groups, metadata, targets?.array]
      .compactMap { $0 }
  }

  /// - Throws: a fatal ``InputError`` where arrays are not there or do not fit each other.
  init(_ arrays: NPZArrays, _ options: ReaderOptions) throws {
    let only = arrays.names.count == 1 ? arrays.names : []
    guard let input = try arrays.open(options.features?.first, else: NPZLayout.inputNames + only) else {
      throw arrays.file.fault(
        "there is no array \(NPZLayout.inputNames.listedForMessage) and none is named; the arrays are "
          + arrays.names.listedForMessage)
    }
    let offsets = try arrays.open(options.offsets, else: ["offsets"])
    let lengths = offsets == nil ? try arrays.open(options.lengths, else: ["lengths"]) : nil
    let validity = try arrays.open(options.valid, else: ["validity"])
    // What is invalid rather than padded keeps its place.
    let mask =
      offsets == nil && (validity == nil || lengths == nil) ? try arrays.open(options.mask, else: ["mask"]) : nil
    self.input = input
    (self.offsets, self.lengths, self.mask, self.validity) = (offsets, lengths, mask, validity)
    keys = try arrays.open(options.id, else: ["keys", "key", "ids", "id"])
    weights = try arrays.open(options.weight, else: ["weights", "sample_weight"])
    hasWeight = try arrays.open(nil, else: ["has_weight"])
    splits = try arrays.open(options.split, else: ["splits"])
    groups = try arrays.open(options.group, else: ["groups"])
    metadata = try arrays.open(options.metadataObject, else: ["metadata"])
    kind = try NPZLayout.kind(input, arrays, options, isRagged: offsets != nil)
    (arrangement, count) = try NPZLayout.arrangement(input, offsets)
    let cells: [Int] =
      switch arrangement {
      case .padded(let length): [count, length]
      case .ragged: [input.shape[0]]
      }
    targets = try NPZTargets(arrays, options, cells: cells, count)
    featureNames = try NPZLayout.featureNames(kind, arrays, options, input)
    try check(cells, arrays.file)
  }

  private static func kind(
    _ input: NPYStream, _ arrays: NPZArrays, _ options: ReaderOptions, isRagged: Bool
  ) throws -> Input {
    if input.type.isText { return .text(options.unit ?? .words) }
    let isToken = options.hasTokenNumbers || input.name == "tokens" || options.unit != nil
    if isToken {
      guard input.type.isWhole else { throw input.fault("is \(input.words), expected whole numbers for tokens") }
      guard let words = try arrays.texts("vocabulary") else { return .tokens }
      let unit = try options.unit ?? arrays.texts("token_unit")?.first.flatMap(Vocabulary.Unit.init) ?? .words
      return .vocabulary(words, unit)
    }
    // A rank more than that of a token has the features on its last axis.
    let rank = isRagged ? 2 : 3
    guard input.shape.count == rank || input.shape.count == rank - 1 else {
      let wanted = rank == 3 ? "[B, T, F] or [B, T]" : "[N, F] or [N]"
      throw input.fault("is \(input.words), expected \(wanted)")
    }
    let features = input.shape.count == rank ? input.shape[rank - 1] : 1
    guard features > 0, features <= 1 << 20 else {
      throw input.fault("is \(input.words), which has \(features) features a timestep, expected 1 to \(1 << 20)")
    }
    return .features(count: features)
  }

  private static func arrangement(_ input: NPYStream, _ offsets: NPYStream?) throws -> (Arrangement, Int) {
    guard let offsets else {
      guard input.shape.count >= 2 else { throw input.fault("is \(input.words), expected [B, T]") }
      guard input.shape[1] <= Int(Int32.max) else {
        throw input.fault("is \(input.words), which has more than \(Int32.max) timesteps a sequence")
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
    _ kind: Input, _ arrays: NPZArrays, _ options: ReaderOptions, _ input: NPYStream
  ) throws -> [String] {
    guard case .features(let count) = kind else { return [] }
    guard let names = try options.featureNames ?? arrays.texts("feature_names") else {
      return (0..<count).map { "f\($0)" }
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
    try expect(input, inputShape, "tokens", true)
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
    guard count == 0 || hasBytes else {
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
