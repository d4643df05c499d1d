import Foundation
import RaggedCore
import Testing

/// Which columns of a dataset become inputs, target and weight.
@Suite struct ColumnChoiceTests {
  /// An event log: what happened, by whom, for how much, when, through which channel, at what age, with what outcome.
  static let log = [
    Column("amount", .number), Column("cost", .number),
    Column("activity", .category, vocabulary: Vocabulary(unit: .words, tokens: ["register", "check", "pay"])),
    Column("resource", .category, vocabulary: Vocabulary(unit: .words, tokens: ["ann", "bob"])),
    Column("when", .time), Column("room", .category, role: .other, size: 7),
    Column("channel", .category, per: .sequence, vocabulary: Vocabulary(unit: .words, tokens: ["web", "desk"])),
    Column("age", .number, per: .sequence), Column("share", .number, per: .sequence, role: .other),
    Column(
      "outcome", .category, per: .sequence, role: .target,
      vocabulary: Vocabulary(unit: .words, tokens: ["granted", "refused"])),
  ]

  @Test func everyInputThatIsNotTheTargetIsTakenWhereNothingIsSaid() throws {
    let chosen = try ColumnChoice().columns(of: Self.log)
    #expect(chosen.signature.input.timestep.names == ["amount", "cost", "activity", "resource"])
    #expect(chosen.signature.input.statics.names == ["age", "channel"])
    #expect(chosen.signature.target == .classPerSequence(["granted", "refused"]))
    #expect(chosen.reads.times.isEmpty)
  }

  @Test func theSameColumnsTrainForEachQuestion() throws {
    func target(_ names: [String]) throws -> TargetSignature {
      try ColumnChoice(target: names).columns(of: Self.log).signature.target
    }
    #expect(try target(["activity"]) == .classPerTimestep(["register", "check", "pay"]))
    #expect(try target(["amount"]) == .valuesPerTimestep(["amount"]))
    #expect(try target(["cost", "amount"]) == .valuesPerTimestep(["cost", "amount"]))
    #expect(try target(["age"]) == .valuesPerSequence(["age"]))
    #expect(try target(["room"]) == .classPerTimestep((0..<7).map(String.init)))
    #expect(try target([]) == .none)
    let chosen = try ColumnChoice(target: ["activity"], weight: "share").columns(of: Self.log)
    #expect(chosen.signature.input.timestep.names == ["amount", "cost", "resource"])
  }

  @Test func inputsStandInTheOrderInWhichTheyAreNamed() throws {
    let chosen = try ColumnChoice(inputs: [
      "room", "cost", "when:delta", "amount", "when:hour", "channel", "when:weekday:cos",
    ])
    .columns(of: Self.log)
    #expect(
      chosen.signature.input.timestep.numbers
        == ["cost", "when:delta", "amount", "when:hour:sin", "when:hour:cos", "when:weekday:cos"])
    #expect(chosen.signature.input.timestep.categories == [CategoryColumn("room", size: 7)])
    #expect(chosen.signature.input.statics.categories.map(\.name) == ["channel"])
  }

  @Test func aColumnWithTheNameOfADerivationIsThatColumn() throws {
    let columns = [Column("when:delta", .number), Column("when", .time)]
    let chosen = try ColumnChoice(inputs: ["when:delta"]).columns(of: columns)
    #expect(chosen.reads.numbers == [0] && chosen.reads.times.isEmpty)
    let target = try ColumnChoice(inputs: [], target: ["when:delta"]).columns(of: columns)
    #expect(target.reads.numbers == [0] && target.reads.times.isEmpty && target.targetUnits == [[nil]])
  }

  @Test func whatIsDerivedFromATimeIsATarget() throws {
    let chosen = try ColumnChoice(target: ["when:delta", "amount", "when:weekday:sin"]).columns(of: Self.log)
    #expect(chosen.signature.target == .valuesPerTimestep(["when:delta", "amount", "when:weekday:sin"]))
    #expect(chosen.targetUnits == [["seconds", nil, nil]])
    #expect(chosen.signature.input.timestep.names == ["cost", "activity", "resource"])
    #expect(chosen.usedPlaces == [0, 1, 2, 3, 4, 6, 7])
    let both = try ColumnChoice(target: ["when:hour"]).columns(of: Self.log)
    #expect(both.signature.target == .valuesPerTimestep(["when:hour:sin", "when:hour:cos"]))
  }

  /// From what has passed since the beginning follows what passed since the timestep before, and the other way round.
  @Test func anInputThatGivesTheTargetAwayIsFound() throws {
    func leaks(_ inputs: [String], _ target: [String], of columns: [Column] = Self.log) throws -> [String] {
      try ColumnChoice(inputs: inputs, target: target).columns(of: columns).leaks.map { "\($0.input) -> \($0.target)" }
    }
    #expect(try leaks(["when:delta", "amount"], ["when:delta", "cost"]) == ["when:delta -> when:delta"])
    #expect(try leaks(["when:log-delta", "when:hour"], ["when:delta"]) == ["when:log-delta -> when:delta"])
    #expect(try leaks(["when:elapsed"], ["when:log-delta"]) == ["when:elapsed -> when:log-delta"])
    #expect(try leaks(["when:hour"], ["when:hour:cos"]) == ["when:hour:cos -> when:hour:cos"])
    #expect(try leaks(["when:weekday", "when:hour", "activity"], ["when:delta"]) == [])
    #expect(try leaks(["amount"], ["amount"]) == [])
    #expect(try leaks(["other:delta"], ["when:delta"], of: Self.log + [Column("other", .time)]) == [])
  }

  private struct Refusal {
    var choice: ColumnChoice
    var message: String

    init(_ choice: ColumnChoice, _ message: String) { (self.choice, self.message) = (choice, message) }
  }

  private static let refusals = [
    Refusal(ColumnChoice(inputs: ["amuont"]), "there is no column \"amuont\", did you mean \"amount\"?"),
    Refusal(ColumnChoice(inputs: ["amount", "amount"]), "input \"amount\" is named twice"),
    Refusal(
      ColumnChoice(inputs: ["when"]),
      "column \"when\" is a time: name what is to be derived from it, such as \"when:delta\" "
        + "(delta, log-delta, elapsed, hour, weekday)"
    ),
    Refusal(
      ColumnChoice(inputs: ["amount:delta"]),
      "\"amount:delta\" is derived from column \"amount\", which is a number per timestep, expected a time per timestep"
    ),
    Refusal(
      ColumnChoice(target: ["activity", "amount", "activity"]), "the target names \"activity\" twice"
    ),
    Refusal(
      ColumnChoice(target: ["amount", "amount"], separatesTargets: true), "the target names \"amount\" twice"
    ),
    Refusal(
      ColumnChoice(target: ["when"]),
      "column \"when\" is a time: name what is to be derived from it, such as \"when:delta\" "
        + "(delta, log-delta, elapsed, hour, weekday)"
    ),
    Refusal(
      ColumnChoice(target: ["age:delta"]),
      "\"age:delta\" is derived from column \"age\", which is a number per sequence, expected a time per timestep"
    ),
    Refusal(
      ColumnChoice(target: ["when:hour", "when:hour:cos"]),
      "the target names a column twice: \"when:hour:sin\", \"when:hour:cos\", \"when:hour:cos\""
    ),
    Refusal(ColumnChoice(target: ["amount", "amount"]), "the target names a column twice: \"amount\", \"amount\""),
    Refusal(
      ColumnChoice(weight: "amount"),
      "column \"amount\" is a number per timestep, expected a number per sequence as weight: the target is one per sequence"
    ),
  ]

  @Test(arguments: refusals.indices) func aWrongChoiceIsRefusedByName(_ index: Int) {
    let refusal = Self.refusals[index]
    let error = #expect(throws: RaggedCoreError.self) { try refusal.choice.columns(of: Self.log) }
    #expect(error?.message == refusal.message && error?.failureClass == .usage)
  }

  @Test func theColumnsOfASignatureGiveItBack() throws {
    for problem in BatchCase.all {
      guard problem.signature.input.timestep.categories.count < 2 else { continue }
      let columns = problem.signature.columns
      guard columns.map(\.name).count == Set(columns.map(\.name)).count else { continue }
      let choice = ColumnChoice(labels: problem.signature.labels.map(\.name))
      #expect(try choice.columns(of: columns).signature == problem.signature)
    }
  }
}

/// Batches that are made of a dataset's planes.
@Suite struct ChosenColumnsTests {
  /// Two parts of the log: the second begins inside its sequence.
  static let planes = ColumnPlanes(
    offsets: [0, 2, 5],
    steps: BatchCells(
      values: [1, 10, 2, 20, 3, 30, 4, 40, 5, 50], featureCount: 2, codes: [1, 3, 2, 0, 3], codeCount: 1,
      observed: [true, true, false, true, true, true, true, false, true, true]),
    statics: BatchCells(values: [0.5, 2], featureCount: 1, codes: [2, 1], codeCount: 1))

  @Test func columnsArePickedInTheOrderOfTheChoice() throws {
    let chosen = try ColumnChoice(inputs: ["cost"], target: ["activity"], weight: "share")
      .columns(of: ColumnChoiceTests.log)
    #expect(chosen.reads == Self.reads(numbers: [1], codes: [2], staticNumbers: [8]))
    var planes = Self.planes
    planes.steps.featureCount = 1
    planes.steps.values = [10, 20, 30, 40, 50]
    planes.steps.observed = [true, true, true, false, true]
    planes.statics = BatchCells(values: [0.5, 2], featureCount: 1)
    let batch = try chosen.batch(planes, ids: [4, 7])
    try chosen.signature.check(batch)
    #expect(
      batch.input
        == BatchCells(values: [10, 20, 30, 40, 50], featureCount: 1, observed: [true, true, true, false, true]))
    // A code that is 0 names nothing, and has no class.
    #expect(batch.targets == .classPerTimestep([0, 2, 1, -1, 2]))
    #expect(batch.weights == [0.5, 2] && batch.ids == [4, 7] && batch.statics.width == 0)
  }

  @Test func aMissingNumberIsNoTarget() throws {
    let chosen = try ColumnChoice(inputs: ["activity", "channel"], target: ["amount", "cost"])
      .columns(of: ColumnChoiceTests.log)
    #expect(chosen.reads == Self.reads(numbers: [0, 1], codes: [2], staticCodes: [6]))
    var planes = Self.planes
    planes.statics = BatchCells(codes: [2, 1], codeCount: 1)
    let batch = try chosen.batch(planes, ids: [0, 1])
    #expect(batch.input == BatchCells(codes: [1, 3, 2, 0, 3], codeCount: 1))
    #expect(batch.statics == BatchCells(codes: [2, 1], codeCount: 1))
    #expect(batch.targets.values.map { $0.isNaN ? -1 : $0 } == [1, 10, -1, 20, 3, 30, 4, -1, 5, 50])
  }

  @Test func theTargetMayBeAnInputToo() throws {
    let chosen = try ColumnChoice(inputs: ["amount", "cost"], target: ["amount"]).columns(of: ColumnChoiceTests.log)
    let batch = try chosen.batch(
      ColumnPlanes(offsets: [0, 2], steps: BatchCells(values: [1, 10, 2, 20], featureCount: 2)), ids: [0])
    #expect(chosen.reads.numbers == [0, 1])
    #expect(batch.input.values == [1, 10, 2, 20] && batch.targets == .valuesPerTimestep([1, 2], width: 1))
  }

  /// Against Foundation's calendar, and seconds counted by hand.
  @Test func timesGiveTheNumbersDerivedFromThem() throws {
    let chosen = try ColumnChoice(
      inputs: ["when:delta", "amount", "when:log-delta", "when:elapsed", "when:hour", "when:weekday"], target: []
    ).columns(of: ColumnChoiceTests.log)
    // A day before 1970, and one with a fraction.
    let seconds: [Double] = [-86_400 * 400 - 3_601.5, -86_400 * 400, 1_764_422_553.25, 1_764_422_560]
    let times = seconds.map { Int64($0 * 1e6) }
    let planes = ColumnPlanes(
      offsets: [0, 2, 4], steps: BatchCells(values: [7, 8, 9, 6], featureCount: 1), times: times,
      firstTimes: [times[0], times[2] - 5_000_000], earlierTimes: [ColumnPlanes.missingTime, times[2] - 1_500_000])
    let batch = try chosen.batch(planes, ids: [0, 1])
    let width = batch.input.featureCount
    func column(_ f: Int) -> [Float] { (0..<4).map { batch.input.values[$0 * width + f] } }
    #expect(column(0) == [0, 3_601.5, 1.5, 6.75] && column(1) == [7, 8, 9, 6] && batch.input.observed == nil)
    #expect(column(2) == [0, 3_601.5, 1.5, 6.75].map { Float(log1p($0)) })
    #expect(column(3) == [0, 3_601.5, 5, 11.75])
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = TimeZone(secondsFromGMT: 0) ?? calendar.timeZone
    for (n, time) in seconds.enumerated() {
      let date = Date(timeIntervalSince1970: time)
      let start = calendar.startOfDay(for: date)
      let day = date.timeIntervalSince(start) / 86_400
      let week = (Double((calendar.component(.weekday, from: date) + 5) % 7) + day) / 7
      for (f, turn) in [(4, day), (6, week)] {
        #expect(abs(Double(column(f)[n]) - sin(2 * .pi * turn)) < 1e-6)
        #expect(abs(Double(column(f + 1)[n]) - cos(2 * .pi * turn)) < 1e-6)
      }
    }
  }

  /// A target has the numbers that an input of the same name has, and NaN where that is missing.
  @Test func aDerivedTargetIsWhatTheInputWouldBe() throws {
    let missing = ColumnPlanes.missingTime
    let names = ["when:delta", "when:log-delta", "amount", "when:elapsed", "when:hour", "when:weekday"]
    let planes = ColumnPlanes(
      offsets: [0, 4, 4, 6],
      steps: BatchCells(
        values: [7, 8, 9, 6, 5, 4], featureCount: 1, observed: [true, false, true, true, true, true]),
      times: [missing, 2_000_000, missing, 5_000_000, 1_500_000, 9_000_000],
      firstTimes: [missing, missing, 1_000_000], earlierTimes: [missing, missing, 1_250_000])
    let input = try ColumnChoice(inputs: names, target: []).columns(of: ColumnChoiceTests.log).batch(
      planes, ids: [0, 1, 2])
    let batch = try ColumnChoice(inputs: [], target: names).columns(of: ColumnChoiceTests.log).batch(
      planes, ids: [0, 1, 2])
    #expect(batch.targets.values.count == 6 * 8)
    for n in 0..<6 {
      for f in 0..<8 {
        let value = batch.targets.values[n * 8 + f]
        #expect(value.isNaN == !input.input.isObserved(n, f))
        #expect(value.isNaN || value == input.input.values[n * 8 + f])
      }
    }
    // By hand: the first gap is none, one is to the last time that is known, and a part knows what was before it.
    let delta = (0..<6).map { batch.targets.values[$0 * 8] }
    #expect(delta[1] == 0 && delta[3] == 3 && delta[4] == 0.25 && delta[5] == 7.5 && delta[0].isNaN && delta[2].isNaN)
    #expect(batch.targets.observed == [false, false, false, false, true, true])
  }

  @Test func whatNeedsAMissingTimeIsNotObserved() throws {
    let chosen = try ColumnChoice(inputs: ["when:delta", "when:elapsed"], target: []).columns(of: ColumnChoiceTests.log)
    let missing = ColumnPlanes.missingTime
    let planes = ColumnPlanes(
      offsets: [0, 4], times: [missing, 2_000_000, missing, 5_000_000], firstTimes: [missing], earlierTimes: [missing])
    let batch = try chosen.batch(planes, ids: [0])
    #expect(batch.input.observed == [false, false, true, false, false, false, true, false])
    // The gap is that to the last time that is known.
    #expect(batch.input.values[2] == 0 && batch.input.values[6] == 3)
  }

  @Test(arguments: [(-1, "-1.0"), (Float.infinity, "inf"), (Float.nan, "nan")] as [(Float, String)])
  func aWeightThatIsNoneIsRefused(_ weight: Float, _ text: String) throws {
    let chosen = try ColumnChoice(inputs: [], target: [], weight: "share").columns(of: ColumnChoiceTests.log)
    let planes = ColumnPlanes(offsets: [0, 0, 0], statics: BatchCells(values: [1, weight], featureCount: 1))
    let error = #expect(throws: RaggedCoreError.self) { try chosen.batch(planes, ids: [3, 9]) }
    #expect(
      error?.message == "the weight of the sequence at position 9 is \(text), expected a number that is not negative")
  }

  private static func reads(
    numbers: [Int] = [], codes: [Int] = [], staticNumbers: [Int] = [], staticCodes: [Int] = []
  ) -> ChosenColumns.Reads {
    var reads = ChosenColumns.Reads()
    (reads.numbers, reads.codes, reads.staticNumbers, reads.staticCodes) = (numbers, codes, staticNumbers, staticCodes)
    return reads
  }
}
