import Foundation
import Ragged
import Testing

/// Which fold each sequence is in, over random keys, groups and classes.
@Suite struct FoldTests {
  struct Problem {
    var keys: [String]
    var groups: [String?]
    var classes: [Int32]
    var folds: Folds

    init(_ number: Int, grouped: Bool, stratified: Bool) {
      var random = SeededRandom(seed: 8, stream: UInt64(number))
      let count = 1 + random.below(120)
      keys = (0..<count).map { "k\($0 * 7919 % 1000)-\($0)" }
      groups = grouped ? (0..<count).map { _ in random.below(9) == 0 ? nil : "g\(random.below(1 + count / 4))" } : []
      classes = (0..<count).map { _ in Int32([0, 0, 0, 0, 1, 1, 2, -1][random.below(8)]) }
      folds = Folds(2 + random.below(6), stratified: stratified, seed: random.next())
    }

    /// The folds of some of the sequences, by their places.
    func numbers(_ places: some Collection<Int>) -> [Int] {
      folds.numbers(
        keys: places.map { keys[$0] }, groups: groups.isEmpty ? [] : places.map { groups[$0] },
        classes: places.map { classes[$0] })
    }
  }

  /// The law: what is stored later moves nothing between folds, whatever the rule.
  @Test(arguments: [false, true], [false, true]) func addingMovesNoOther(grouped: Bool, stratified: Bool) {
    for number in 0..<150 {
      let problem = Problem(number, grouped: grouped, stratified: stratified)
      let all = problem.numbers(problem.keys.indices)
      #expect(all.allSatisfy { (0..<problem.folds.count).contains($0) })
      for count in [1, problem.keys.count / 2, problem.keys.count - 1] where count > 0 {
        #expect(problem.numbers(0..<count) == Array(all[..<count]), "case \(number)")
      }
    }
  }

  /// Without strata the fold is the key's, or the group's, and the seed's alone: in any order, beside any others.
  @Test(arguments: [false, true]) func aHashAloneDecides(grouped: Bool) {
    for number in 0..<150 {
      let problem = Problem(number, grouped: grouped, stratified: false)
      let all = problem.numbers(problem.keys.indices)
      var random = SeededRandom(seed: UInt64(number))
      var places = Array(problem.keys.indices)
      random.shuffle(&places)
      places.removeLast(places.count / 3)
      #expect(problem.numbers(places) == places.map { all[$0] })
    }
  }

  @Test(arguments: [false, true]) func groupsStayTogether(stratified: Bool) {
    for number in 0..<150 {
      let problem = Problem(number, grouped: true, stratified: stratified)
      var known: [String: Int] = [:]
      for (group, fold) in zip(problem.groups, problem.numbers(problem.keys.indices)) {
        guard let group else { continue }
        #expect(known[group] ?? fold == fold)
        known[group] = fold
      }
    }
  }

  @Test func classesAreDividedEvenly() {
    for number in 0..<150 {
      let problem = Problem(number, grouped: false, stratified: true)
      let folds = problem.numbers(problem.keys.indices)
      for place in Set(problem.classes) {
        let counts = (0..<problem.folds.count).map { fold in
          folds.indices.count { folds[$0] == fold && problem.classes[$0] == place }
        }
        #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1, "case \(number)")
      }
    }
  }

  /// Groups of one size each: what one group puts out of balance the next ones put right.
  @Test func groupsAndClassesTogether() {
    let keys = (0..<600).map { "k\($0)" }
    let groups = keys.indices.map { "g\($0 / 6)" }
    // Of every tenth group one half is of the rare class.
    let classes = keys.indices.map { Int32($0 / 6 % 10 == 0 && $0 % 6 < 3 ? 1 : 0) }
    let folds = Folds(5, by: "group", stratified: true, seed: 3).numbers(keys: keys, groups: groups, classes: classes)
    let rare = (0..<5).map { fold in folds.indices.count { folds[$0] == fold && classes[$0] == 1 } }
    #expect(rare == [6, 6, 6, 6, 6])
    let all = (0..<5).map { fold in folds.count { $0 == fold } }
    #expect((all.max() ?? 0) - (all.min() ?? 0) <= 12, "\(all)")
  }

  @Test func hashedFoldsAreAsLargeAsTheyAreSaidToBe() {
    let keys = (0..<10_000).map { "sequence \($0)" }
    for seed in 0..<20 {
      let folds = Folds(5, seed: UInt64(seed)).numbers(keys: keys)
      // √(n (k − 1)) / k is 40 here.
      for fold in 0..<5 { #expect(abs(folds.count { $0 == fold } - 2000) < 5 * 40) }
    }
    #expect(Folds(5, seed: 1).numbers(keys: keys) != Folds(5, seed: 2).numbers(keys: keys))
  }

  @Test func configurationsKeepTheirFold() throws {
    var configuration = TrainingConfiguration(dataset: "d")
    configuration.fold = Fold(2, of: Folds(5, by: "group", stratified: true, seed: 7))
    (configuration.sampling, configuration.epochSize) = (Sampling("channel:web=0.7,shop=0.3"), 40)
    configuration.classWeighting = ClassWeighting("a=2")
    let text = try JSONEncoder().encode(configuration)
    #expect(try JSONDecoder().decode(TrainingConfiguration.self, from: text) == configuration)
    try configuration.validate()
    func refused(_ change: (inout TrainingConfiguration) -> Void) -> String {
      var other = configuration
      change(&other)
      do { try other.validate() } catch { return (error as? any RaggedError)?.message ?? "" }
      return ""
    }
    #expect(refused { $0.fold?.number = 6 } == "fold 6 of 5")
    let single = refused { $0.fold?.folds.count = 1 }
    #expect(single.contains("expected 2 to 1000"))
    #expect(refused { $0.validationFraction = 0.1 }.contains("judged by its fold"))
    #expect(refused { $0.sampling = nil }.contains("goes with shares of it"))
    #expect(refused { $0.epochSize = 0 }.contains("expected 1 to"))
    #expect(refused { ($0.sampling, $0.classWeighting) = (.balanced, .balanced) }.contains("balanced twice"))
    #expect(
      refused { ($0.windowing, $0.stateful, $0.policy.grouping) = (Windowing(length: 4), true, .padded) }
        .contains("each sequence is taken once"))
  }

  /// The mean and the deviation of the folds, and no figure that none has.
  @Test func summariesAreMeansAndDeviations() {
    func row(_ fold: Int, _ figures: [String: Double]) -> FoldReport.Row {
      FoldReport.Row(fold: fold, sequences: 1, epochs: 1, bestEpoch: 1, model: "m", figures: figures)
    }
    let report = FoldReport(
      folds: Folds(3),
      rows: [row(1, ["loss": 1, "auroc": .nan]), row(2, ["loss": 2, "auroc": 0.5]), row(3, ["loss": 6])])
    #expect(report.summaries.map(\.name) == ["loss", "auroc"])
    #expect(report.summaries[0].mean == 3 && abs((report.summaries[0].deviation ?? 0) - 7.0.squareRoot()) < 1e-12)
    #expect(report.summaries[1].mean == 0.5 && report.summaries[1].deviation == nil)
  }
}
