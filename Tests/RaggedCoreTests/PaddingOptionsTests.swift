import Foundation
import RaggedCore
import Testing

@Suite struct PaddingOptionsTests {
  static let faults: [(PaddingOptions, String)] = [
    (PaddingOptions(fixedLength: -1), "the fixed length is -1, expected 0 to 2147483647"),
    (PaddingOptions(maximumLength: -5), "the maximum length is -5, expected 0 to 2147483647"),
    (PaddingOptions(multiple: 0), "the length's multiple is 0, expected 1 to 2147483647"),
    (PaddingOptions(multiple: .max), "the length's multiple is 9223372036854775807, expected 1 to 2147483647"),
    (
      PaddingOptions(fixedLength: 7, multiple: 4),
      "the fixed length is 7, expected a multiple of 4, as the length's multiple asks for: 4 or 8"
    ),
    (
      PaddingOptions(maximumLength: 3, multiple: 4),
      "the maximum length is 3, expected a multiple of 4, as the length's multiple asks for: 4"
    ),
    (
      PaddingOptions(fixedLength: 5, maximumLength: 3),
      "the fixed length is 5, expected at most the maximum length, 3"
    ),
  ]

  @Test(arguments: faults) func anOptionWithoutMeaningIsRefused(options: PaddingOptions, message: String) {
    let batch = SequenceBatch(input: .tokens([1]), offsets: [0, 1])
    let error = #expect(throws: RaggedCoreError.self) { try batch.padded(options) }
    #expect(error?.message == message)
    #expect(error?.code == .invalidOption)
    #expect(error?.failureClass == .usage)
  }

  @Test func theLengthIsCutThenRoundedUp() {
    let options = PaddingOptions(maximumLength: 16, multiple: 8)
    #expect([0, 1, 8, 9, 16, 17, 1000].map(options.paddedLength) == [0, 8, 8, 16, 16, 16, 16])
    #expect([0, 9, 16, 17].map(options.cutLength) == [0, 9, 16, 16])
    #expect(PaddingOptions(fixedLength: 5, maximumLength: 6).paddedLength(longest: 100) == 5)
    #expect(PaddingOptions(fixedLength: 5, maximumLength: 6).cutLength(of: 4) == 4)
  }

  /// `T` is what each option says of it, whatever they are together.
  @Test func noOptionExceedsAnother() {
    for fixed in [nil, 0, 4, 6, 9] {
      for maximum in [nil, 0, 3, 6, 8] {
        for multiple in 1...4 {
          let options = PaddingOptions(fixedLength: fixed, maximumLength: maximum, multiple: multiple)
          guard (try? options.validate()) != nil else { continue }
          for longest in 0..<12 {
            let length = options.paddedLength(longest: longest)
            #expect(length % multiple == 0 && length <= maximum ?? .max && length == fixed ?? length, "\(options)")
          }
        }
      }
    }
  }

  @Test func theDefaultsAreAsStated() throws {
    let options = PaddingOptions()
    #expect(options.side == .post && options.truncation == .post && options.value == 0 && options.multiple == 1)
    #expect(options.fixedLength == nil && options.maximumLength == nil)
    try options.validate()
  }

  @Test func encodingKeepsEverything() throws {
    for number in 0..<50 {
      let options = PaddingTests.options(number, cuts: true)
      #expect(try JSONDecoder().decode(PaddingOptions.self, from: JSONEncoder().encode(options)) == options)
    }
  }
}
