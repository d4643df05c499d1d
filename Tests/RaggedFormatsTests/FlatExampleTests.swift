import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// Flat `tf.train.Example`s, and tokens in TensorFlow's records.
@Suite struct FlatExampleTests {
  private func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] { [number << 3 | 2, UInt8(bytes.count)] + bytes }

  private func entry(_ name: String, _ value: [UInt8]) -> [UInt8] {
    field(1, field(1, Array(name.utf8)) + field(2, value))
  }

  private func integers(_ numbers: [UInt8]) -> [UInt8] { field(3, field(1, numbers)) }
  private func floats(_ numbers: [Float]) -> [UInt8] { field(2, field(1, little(numbers))) }
  private func texts(_ texts: [String]) -> [UInt8] { field(1, texts.flatMap { field(1, Array($0.utf8)) }) }

  private func record(_ context: [UInt8], _ lists: [UInt8] = []) -> [UInt8] {
    let data = field(1, context) + (lists.isEmpty ? [] : field(2, lists))
    return TFRecordFrame.head(length: data.count) + data + TFRecordFrame.sum(data)
  }

  private func read(_ bytes: [UInt8], _ options: TFRecordOptions = TFRecordOptions()) throws -> Reading {
    try withFile("a.tfrecord", bytes) { readAll($0, options: options) }
  }

  private func flat(_ key: String, _ frames: [Float], _ label: UInt8) -> [UInt8] {
    record(entry("uttid", texts([key])) + entry("frames", floats(frames)) + entry("label", integers([label])))
  }

  @Test func theWidthMakesTimestepsOfAList() throws {
    let bytes = flat("u3", [0, 1, 2, 3, 4, 5], 0) + flat("u1", [6, 7], 1)
    let reading = try read(bytes, TFRecordOptions(id: "uttid", width: 2))
    #expect(reading.messages == [])
    #expect(reading.keys == ["u3", "u1"])
    #expect(
      reading.records.map(\.input) == [
        .values([0, 1, 2, 3, 4, 5], featureCount: 2), .values([6, 7], featureCount: 2),
      ])
    #expect(reading.records.map(\.target) == [.label("0"), .label("1")])
    #expect(reading.description?.input == .features(["f0", "f1"]))
    // By name, and without a target.
    let named = try read(bytes, TFRecordOptions(features: ["frames"], target: [], width: 1))
    #expect(named.records.map(\.length) == [6, 2])
    #expect(named.description?.input == .features(["frames"]))
  }

  @Test func withoutItTheMessageSaysWhatItIs() throws {
    let reading = try read(flat("u3", [0, 1, 2, 3, 4, 5], 0))
    #expect(
      reading.messages == [
        #"a.tfrecord: record 1 (byte 0): is a tf.train.Example, whose feature "frames" is a list of 6 numbers: how many of them are a timestep is not said"#
      ])
    #expect(reading.errors.map(\.remedy) == [.sayWidth])
    let two = record(entry("a", floats([1, 2])) + entry("b", floats([1, 2])))
    #expect(try read(two, TFRecordOptions(width: 1)).messages[0].contains(#"they are "a", "b""#))
    #expect(
      try read(two, TFRecordOptions(features: ["a", "b"], width: 1)).records.map(\.input)
        == [.values([1, 1, 2, 2], featureCount: 2)])
    let odd = try read(
      flat("u", [1, 2], 0) + flat("v", [1, 2, 3], 0) + flat("w", [5, 6], 0), TFRecordOptions(width: 2))
    #expect(odd.keys == ["a/1", "a/3"])
    #expect(odd.messages[0].hasSuffix(#"feature "frames" has 3 numbers, which are no timesteps of 2"#))
    #expect(throws: InputError.self) { try TFRecordOptions(width: 0).validate(for: .tfrecord, file: "x") }
    #expect(throws: InputError.self) { try FileFormat.tfrecord.options([.width: ["x"]], file: "x") }
  }

  @Test func aTargetMayHaveAValueATimestep() throws {
    let example = record(entry("x", floats([1, 2, 3])) + entry("y", integers([4, 5, 6])))
    #expect(try read(example, TFRecordOptions(width: 1)).records.map(\.target) == [.labels(["4", "5", "6"])])
    let values = record(entry("x", floats([1, 2, 3])) + entry("y", floats([4, 5, 6])))
    #expect(
      try read(values, TFRecordOptions(targetKind: .valuesPerSequence, width: 1)).records.map(\.target)
        == [.values([4, 5, 6])])
  }

  @Test func numbersAndWordsAreTokens() throws {
    func list(_ name: String, _ steps: [[UInt8]]) -> [UInt8] { entry(name, steps.flatMap { field(1, $0) }) }
    let context = entry("len", integers([3]))
    let numbers = record(
      context, list("words", [1, 2, 3].map { integers([$0]) }) + list("label", [0, 1, 0].map { integers([$0]) }))
    let reading = try read(numbers, TFRecordOptions(features: ["words"], target: ["label"], tokens: .numbers))
    #expect(reading.messages == [])
    #expect(reading.description?.input == .tokens)
    #expect(reading.records.map(\.input) == [.tokens([1, 2, 3])])
    #expect(reading.records.map(\.target) == [.labels(["0", "1", "0"])])
    let words = record(context, list("words", ["to", "be"].map { texts([$0]) }))
    for options in [TFRecordOptions(), TFRecordOptions(tokens: .text(.words))] {
      #expect(try read(words, options).records.map(\.input) == [.text(["to", "be"])])
    }
    #expect(
      try read(words, TFRecordOptions(tokens: .numbers)).messages[0].contains("expected whole numbers for tokens"))
    // Flat lists alike, of which each value is a token.
    #expect(
      try read(record(entry("x", integers([7, 8]))), TFRecordOptions(tokens: .numbers)).records.map(\.input)
        == [.tokens([7, 8])])
    #expect(try read(record(entry("x", texts(["a", "b", "c"])))).records.map(\.input) == [.text(["a", "b", "c"])])
    #expect(
      try FileFormat.tfrecord.options([.tokenNumbers: []], file: "x") as? TFRecordOptions
        == TFRecordOptions(tokens: .numbers))
  }
}
