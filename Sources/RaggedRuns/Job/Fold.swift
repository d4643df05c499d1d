import RaggedBatching
import RaggedCore
public import RaggedStore
import RaggedTraining

/// How the training sequences are divided into folds, each of which judges a model that the others have trained.
///
/// Unless they are stratified, the fold of a sequence follows from its key, or its group, and the seed alone: no other sequence
/// has a say in it, so that adding sequences, taking some away or storing them in another order moves none between folds. The
/// sizes hold in the mean, as those of shares by a hash: of n sequences in k folds a fold has n / k, with a deviation of
/// √(n (k − 1)) / k.
///
/// No rule that looks at one key alone can divide a rare class evenly. Stratified folds are dealt in stored order instead: each
/// sequence, or with groups the first of each group, which takes the group along, goes to the fold that has the fewest of its
/// class so far, of equals to that with the fewest sequences, and of equals to the one that the hash of its key and the seed
/// names first. What comes later has no say, so that sequences that are added move none of those before; the folds of a class
/// differ by one sequence at most, with groups by the size of one group about. The cost: the folds follow from the order in which
/// sequences were stored too, and one that is deleted, or replaced, may move those behind it.
public struct Folds: Sendable, Equatable, Codable {
  /// The number of folds.
  public var count: Int
  /// What stays together in one fold: `group`, or a category column per sequence; nil for each sequence by itself.
  public var by: String?
  /// Whether the classes of the target are divided evenly.
  public var stratified: Bool
  /// Decides the folds, with the keys.
  public var seed: UInt64

  /// Folds; what is left out has the value shown.
  public init(_ count: Int, by: String? = nil, stratified: Bool = false, seed: UInt64 = 0) {
    (self.count, self.by, self.stratified, self.seed) = (count, by, stratified, seed)
  }

  /// The most folds that there may be.
  public static let most = 1000

  /// The fold of each sequence, from 0. O(sequences · folds) where they are stratified, else O(sequences).
  /// - Parameters:
  ///   - keys: the names of the sequences, in stored order.
  ///   - groups: what stays together, of each sequence; nil stays by itself, as do all where the list is empty.
  ///   - classes: the class of each sequence, from 0; -1 for none. Only asked of stratified folds.
  public func numbers(keys: [String], groups: [String?] = [], classes: [Int32] = []) -> [Int] {
    func hash(_ index: Int) -> UInt64 {
      var hash = StableHash(seed: seed)
      hash.add("fold".utf8)
      if groups.indices.contains(index), let group = groups[index] {
        hash.add(1)
        hash.add(group.utf8)
      } else {
        hash.add(0)
        hash.add(keys[index].utf8)
      }
      return hash.value
    }
    guard stratified else { return keys.indices.map { Int(hash($0).multipliedFullWidth(by: UInt64(count)).high) } }
    let classCount = Int(classes.max() ?? -1) + 2
    // Of no class are those of a last one.
    var ofClass = [Int](repeating: 0, count: count * classCount)
    var all = [Int](repeating: 0, count: count)
    var known: [ExactName: Int] = [:]
    return keys.indices.map { index in
      let place = classes.indices.contains(index) && classes[index] >= 0 ? Int(classes[index]) : classCount - 1
      let group = groups.indices.contains(index) ? groups[index].map { ExactName($0) } : nil
      func choose() -> Int {
        let own = hash(index)
        func rank(_ fold: Int) -> (Int, Int, UInt64) {
          (ofClass[fold * classCount + place], all[fold], StableHash.mix(own &+ UInt64(fold) &* 0x9e37_79b9_7f4a_7c15))
        }
        return (0..<count).min { rank($0) < rank($1) } ?? 0
      }
      let fold = group.flatMap { known[$0] } ?? choose()
      if let group { known[group] = fold }
      ofClass[fold * classCount + place] += 1
      all[fold] += 1
      return fold
    }
  }

  /// Checks that the folds have a meaning.
  /// - Throws: `TrainingError` for a number of folds below 2 or beyond ``most``.
  public func validate() throws {
    guard (2...Self.most).contains(count) else {
      throw TrainingError(.invalidModel, "there are \(count.counted("fold")), expected 2 to \(Self.most)")
    }
  }
}

/// One of several folds: the one that a run is judged by.
public struct Fold: Sendable, Equatable, Codable {
  /// Which, from 1.
  public var number: Int
  /// How the sequences are divided.
  public var folds: Folds

  /// A fold by its number, from 1.
  public init(_ number: Int, of folds: Folds) { (self.number, self.folds) = (number, folds) }
}

extension Folds {
  /// The fold of each sequence of a store's source, from 0.
  /// - Throws: `TrainingError` for a target that is no class per sequence where they are stratified, and for what cannot keep
  ///   sequences together; what the store throws.
  public func numbers(of source: StoreSource) throws -> [Int] {
    try validate()
    let all = Array(0..<source.count)
    var groups: [String?] = []
    if let by {
      if by == "group" {
        groups = try source.groups(all)
        guard groups.contains(where: { $0 != nil }) else {
          throw TrainingError(
            .invalidModel, "the folds are to keep groups together, and no sequence to train on has a group")
        }
      } else {
        let found = try source.categories(of: by)
        groups = found.places.map { found.names.indices.contains(Int($0)) ? found.names[Int($0)] : nil }
      }
    }
    var classes: [Int32] = []
    if stratified {
      guard case .classPerSequence = source.signature.target else {
        throw TrainingError(
          .invalidModel,
          "folds that divide classes evenly need a class per sequence: the target is \(source.signature.target.summary)"
        )
      }
      classes = source.classes
    }
    return numbers(keys: try source.keys(all), groups: groups, classes: classes)
  }
}

extension Fold {
  /// The positions of what the run is trained on and of what it is judged by.
  func parts(of source: StoreSource) throws -> (training: [Int], validation: [Int]) {
    let numbers = try folds.numbers(of: source)
    let parts = (
      numbers.indices.filter { numbers[$0] != number - 1 }, numbers.indices.filter { numbers[$0] == number - 1 }
    )
    // Of all folds, so that it is said before the first is trained.
    if let empty = (0..<folds.count).first(where: { !numbers.contains($0) }) {
      throw TrainingError(
        .dataMismatch,
        "fold \(empty + 1) of \(folds.count) has none of \(source.count.counted("sequence")): expected some in every "
          + "fold\(folds.stratified ? "" : "; folds go by a hash and hold in the mean, fewer or stratified ones are fuller")"
      )
    }
    return parts
  }
}

extension TrainingConfiguration {
  /// Checks that a fold has a meaning with the rest.
  func checkFold() throws {
    guard let fold else { return }
    try fold.folds.validate()
    guard (1...fold.folds.count).contains(fold.number) else {
      throw TrainingError(.invalidModel, "fold \(fold.number) of \(fold.folds.count)")
    }
    guard validationSplits.isEmpty, validationFraction == nil else {
      throw TrainingError(
        .invalidModel, "a run of folds is judged by its fold: splits or a share to validate with have no place there")
    }
  }
}
