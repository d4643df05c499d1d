import RaggedCore
import Testing

/// Targets that lie later than their timesteps, and those of the sequence that are asked at each timestep.
@Suite struct TargetReachTests {
  private static let log = ColumnChoiceTests.log

  private func chosen(_ target: [String], inputs: [String]? = nil) throws -> ChosenColumns {
    try ColumnChoice(inputs: inputs, target: target).columns(of: Self.log)
  }

  @Test func theNextCellOfAColumnIsATargetPerTimestep() throws {
    let activity = try chosen(["activity@1"])
    #expect(activity.signature.target == .classPerTimestep(["register", "check", "pay"]))
    #expect(activity.reach == 1 && activity.targetSteps == [1])
    let horizon = try chosen(["amount@1..12"])
    #expect(horizon.signature.target == .valuesPerTimestep((1...12).map { "amount@\($0)" }))
    #expect(horizon.reach == 12 && horizon.targetSteps == Array(1...12))
    let several = try chosen(["amount@2", "cost", "when:log-delta@1"])
    #expect(several.signature.target == .valuesPerTimestep(["amount@2", "cost", "when:log-delta@1"]))
    #expect(several.targetSteps == [2, 0, 1])
    let hour = try chosen(["when:hour@1..2"])
    #expect(
      hour.signature.target.names == ["when:hour:sin@1", "when:hour:sin@2", "when:hour:cos@1", "when:hour:cos@2"])
  }

  /// What is predicted of the future may be known of the past.
  @Test func theColumnItselfIsAmongTheInputs() throws {
    #expect(try chosen(["activity@1"]).signature.input.timestep.names == ["amount", "cost", "activity", "resource"])
    let time = try chosen(["when:log-delta@1", "when:hour:sin@2"])
    #expect(
      time.signature.input.timestep.names
        == ["amount", "cost", "when:log-delta", "when:hour:sin", "activity", "resource"])
    #expect(time.addedInputs == ["when:log-delta", "when:hour:sin"])
    // Its role at import does not matter, and one that is the target itself besides is none.
    let room = try chosen(["room@1"])
    #expect(room.signature.input.timestep.names == ["amount", "cost", "activity", "resource", "room"])
    #expect(room.addedInputs == ["room"])
    #expect(try chosen(["amount", "amount@1"]).signature.input.timestep.numbers == ["cost"])
    #expect(try chosen(["activity@1"], inputs: ["amount"]).signature.input.timestep.names == ["amount"])
    #expect(try chosen(["activity@1"], inputs: ["amount"]).addedInputs == [])
  }

  /// The seconds up to an event give its other durations away, not those of the next event.
  @Test func whatLiesLaterIsNotGivenAway() throws {
    let choice = { (target: String) in
      try ColumnChoice(inputs: ["when:delta", "when:elapsed"], target: [target]).columns(of: Self.log).leaks.count
    }
    #expect(try choice("when:delta") == 2)
    #expect(try choice("when:delta@1") == 0)
    let words = try chosen(["when:delta@3"]).derivedTargets.map { "\($0.name) \($0.words)" }
    #expect(
      words == ["when:delta@3 seconds since the timestep before, 0 at the first of a sequence, 3 timesteps later"])
    let range = try chosen(["when:delta@1..4"]).derivedTargets.map(\.name)
    #expect(range == ["when:delta@1..4"])
  }

  @Test func whatBelongsToTheSequenceMayBeAskedAtEachTimestep() throws {
    let outcome = try chosen(["outcome@every"])
    #expect(outcome.signature.target == .classPerTimestep(["granted", "refused"]) && outcome.reach == 0)
    #expect(outcome.isAskedEverywhere && !outcome.signature.input.statics.names.contains("outcome"))
    let age = try chosen(["age@every"])
    #expect(age.signature.target == .valuesPerTimestep(["age@every"]))
    #expect(age.signature.input.statics.names == ["channel"])
  }

  @Test(arguments: [
    ("activity@0", "\"activity@0\": expected a number of timesteps from 1 to 100000 behind the @ (\"activity@1\")"),
    ("activity@", "expected a number of timesteps"), ("activity@x", "expected a number of timesteps"),
    ("amount@3..1", "expected a number of timesteps"), ("amount@1..", "expected a number of timesteps"),
    ("amount@-1", "expected a number of timesteps"), ("amount@+1", "expected a number of timesteps"),
    ("amount@1..100001", "expected a number of timesteps"), ("amount@99999999999999999999", "expected a number"),
    ("activity@1..3", "\"activity@1..3\" is 3 categories per timestep, expected one: \"activity@1\""),
    ("outcome@1", "column \"outcome\" is a category per sequence, of which no timestep has a later one"),
    ("amount@every", "column \"amount\" is a number per timestep, which every timestep has already"),
    ("when@1", "column \"when\" is a time: name what is to be derived from it"),
    ("activty@1", "there is no column \"activty\", did you mean \"activity\"?"),
  ]) func aTargetThatIsNoneIsRefused(_ target: String, _ problem: String) {
    #expect {
      try chosen([target])
    } throws: {
      let error = $0 as? RaggedCoreError
      return error?.code == .wrongColumn && error?.message.contains(problem) == true
    }
  }

  @Test func anInputLiesAtItsOwnTimestep() {
    #expect {
      try ColumnChoice(inputs: ["amount@1"], target: ["activity"]).columns(of: Self.log)
    } throws: {
      ($0 as? RaggedCoreError)?.message.hasPrefix("input \"amount@1\": only a target may lie at other timesteps")
        == true
    }
  }

  @Test func aColumnWithAnAtInItsNameIsThatColumn() throws {
    let columns = [Column("mail@1", .number), Column("mail", .number), Column("x@y", .number)]
    let own = try ColumnChoice(inputs: ["mail"], target: ["mail@1"]).columns(of: columns)
    #expect(own.reach == 0 && own.reads.numbers == [0, 1])
    let later = try ColumnChoice(inputs: ["mail@1"], target: ["mail@1@1", "x@y@2"]).columns(of: columns)
    #expect(later.signature.target.names == ["mail@1@1", "x@y@2"] && later.targetSteps == [1, 2])
  }

  @Test func timestepsThatAreNotValidAreNotCounted() {
    #expect(TargetReach.later(1, offsets: [0, 3, 3, 4, 6], validity: nil) == [1, 2, nil, nil, 5, nil])
    #expect(TargetReach.later(2, offsets: [0, 5], validity: nil) == [2, 3, 4, nil, nil])
    #expect(TargetReach.later(9, offsets: [0, 2, 2], validity: nil) == [nil, nil])
    #expect(
      TargetReach.later(1, offsets: [0, 5, 7], validity: [true, false, true, true, false, false, true])
        == [2, nil, 3, nil, nil, nil, nil])
  }
}
