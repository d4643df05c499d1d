import RaggedCore
import RaggedTraining
import Testing

/// The text of a model with several heads.
@Suite struct HeadDescriptionTests {
  private static let signature = SequenceSignature(
    input: .features(["x"]),
    target: .several([
      NamedTarget("activity@1", .classPerTimestep(["a", "b", "c"])),
      NamedTarget("when:log-delta@1", .valuesPerTimestep(["when:log-delta@1"])),
      NamedTarget("outcome", .classPerSequence(["won", "lost"])),
    ]))

  private func model(_ text: String) throws -> Sequential {
    let description = try ModelDescription(text)
    return try Sequential(
      input: description.input(for: Self.signature), layers: description.layers(for: Self.signature),
      heads: description.heads(for: Self.signature))
  }

  @Test func eachTargetHasTheHeadThatSuits() throws {
    let model = try model("lstm(4, sequences) dropout(0.1)")
    #expect(
      model.heads == [
        ModelHead("activity@1", [TimeDistributed(Dense(3, activation: .softmax))]),
        ModelHead("when:log-delta@1", [TimeDistributed(Dense(1))]),
        ModelHead("outcome", [Last(), Dense(2, activation: .softmax)]),
      ])
    #expect(model.layers.count == 2 && model.summary.contains("-> when:log-delta@1"))
    #expect(ModelDescription.suited(to: Self.signature.target) == "lstm(64, sequences)")
  }

  @Test func headsAreNamedByTheirTargets() throws {
    let model = try model(
      #"lstm(4, sequences) heads(when:log-delta@1=dense(6, relu) | dense, "outcome"=last dense(8, tanh) dense(softmax))"#
    )
    #expect(
      model.heads == [
        ModelHead("activity@1", [TimeDistributed(Dense(3, activation: .softmax))]),
        ModelHead("when:log-delta@1", [Dense(6, activation: .relu), Dense(1)]),
        ModelHead("outcome", [Last(), Dense(8, activation: .tanh), Dense(2, activation: .softmax)]),
      ])
  }

  @Test(arguments: [
    (
      "lstm(4, sequences) heads(activity@2=dense(3))",
      #"heads(activity@2=…): no target is called that, did you mean "activity@1"?"#
    ),
    (
      "lstm(4, sequences) heads(outcome=last) heads(activity@1=dense)",
      "heads(…) is the end of a model: expected it once, behind all layers"
    ),
    ("heads(outcome=dense) lstm(4)", "heads(…) is the end of a model: expected it once, behind all layers"),
    ("lstm(4) heads(outcome=dense, outcome=dense)", #"heads(…) names "outcome" twice"#),
    (
      "lstm(4) heads(outcome)",
      "the model's description has \")\" at character 22, expected \"=\" and the layers of a head behind the name of its target"
    ),
    ("lstm(4) heads(outcome=)", "the model's description has \")\" at character 23, expected a layer"),
    (
      "lstm(4, sequences) dense(softmax)",
      "dense(…) before the heads needs its number of units: each of the 3 targets has a head of its own"
    ),
  ])
  func aWrongTextIsRefused(_ text: String, _ message: String) {
    #expect {
      try self.model(text)
    } throws: {
      ($0 as? TrainingError)?.message == message
    }
  }

  @Test func headsAreForSeveralTargets() throws {
    let signature = SequenceSignature(input: .features(["x"]), target: .classPerSequence(["a", "b"]))
    #expect {
      try ModelDescription("lstm(4) heads(label=dense)").layers(for: signature)
    } throws: {
      ($0 as? TrainingError)?.message
        == "heads(label=…) is for several targets, and the target is a class per sequence, of 2: leave heads(…) out"
    }
  }
}
