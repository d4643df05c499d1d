import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// What a record says of its length must be the number of its timesteps.
@Suite struct TFRecordLengthTests {
  private func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] { [number << 3 | 2, UInt8(bytes.count)] + bytes }

  private func entry(_ name: String, _ value: [UInt8]) -> [UInt8] {
    field(1, field(1, Array(name.utf8)) + field(2, value))
  }

  private func integers(_ numbers: [UInt8]) -> [UInt8] { field(3, field(1, numbers)) }
  private func floats(_ numbers: [Float]) -> [UInt8] { field(2, field(1, little(numbers))) }

  /// A record of these features of the sequence and one feature per timestep.
  private func record(_ context: [UInt8], _ steps: [Float]) -> [UInt8] {
    let list = steps.flatMap { field(1, floats([$0])) }
    let data = field(1, context) + field(2, entry("values", list))
    return TFRecordFrame.head(length: data.count) + data + TFRecordFrame.sum(data)
  }

  private func read(_ bytes: [UInt8], _ options: TFRecordOptions = TFRecordOptions()) throws -> Reading {
    try withFile("a.tfrecord", bytes) { readAll($0, options: options) }
  }

  @Test func aLengthThatLiesIsAnError() throws {
    let good = record(entry("length", integers([2])), [1, 2])
    for wrong: UInt8 in [0, 1, 3] {
      let reading = try read(good + record(entry("length", integers([wrong])), [3, 4]) + good)
      #expect(reading.keys == ["a/1", "a/3"])
      #expect(reading.errors.map(\.isFatal) == [false])
      #expect(
        reading.messages == [
          "a.tfrecord: record 2 (byte \(good.count)): feature \"length\" is \(wrong), but \"values\" has 2 timesteps"
        ])
      #expect(reading.errors.first?.remedy == .ignoreLengths)
    }
    #expect(try read(record([], []) + good).keys == ["a/1", "a/2"])
    #expect(try read(good + record(entry("length", integers([2, 2])), [3, 4])).errors.count == 1)
  }

  @Test func theOptionSaysWhichFeatureItIs() throws {
    let odd = record(entry("length", integers([9])) + entry("n", integers([2])), [1, 2])
    var options = TFRecordOptions()
    options.lengths = "none"
    #expect(try read(odd, options).keys == ["a/1"])
    options.lengths = "n"
    #expect(try read(odd, options).keys == ["a/1"])
    options.lengths = "m"
    #expect(
      try read(odd, options).messages == [
        "a.tfrecord: record 1 (byte 0): has no feature \"m\", expected its length"
      ])
    // What has another role or is a real number is no length.
    let target = TFRecordOptions(target: ["length"])
    #expect(try read(odd, target).records.map(\.target) == [.label("9")])
    #expect(try read(record(entry("length", floats([3.5])), [1, 2])).keys == ["a/1"])
  }

  @Test func numbersMayMeanAMissingValue() throws {
    let reading = try read(record([], [1, -200, 3]), TFRecordOptions(missing: ["-2e2"]))
    #expect(reading.messages == [])
    #expect(reading.records.map(\.validity) == [nil])
    #expect(reading.records.map(\.input) == [.values([1, .nan, 3], featureCount: 1)])
  }
}
