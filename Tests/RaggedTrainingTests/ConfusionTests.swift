import Foundation
import RaggedTraining
import Testing

/// A confusion matrix holds what was counted, and as JSON says all of it.
@Suite struct ConfusionTests {
  @Test func aMillionClassesTakeNoRoom() {
    // As a matrix these would be 8 TB.
    var matrix = Confusion(classCount: 1_000_000)
    matrix.add(truth: 999_999, prediction: 0)
    matrix.add(truth: 999_999, prediction: 999_999, count: 3)
    var sum = matrix
    sum += matrix
    #expect(sum.total == 8 && sum.accuracy == 0.75)
    // F1 of the last class is 2·6/(8+6), of the first 0.
    #expect(abs((sum.macroF1 ?? 0) - 12.0 / 14 / 2) < 1e-12)
    #expect(sum.mistakes.map(\.count) == [2] && sum.worstClasses(2) == [0, 999_999])
    #expect(sum.reduced(to: [0]).counts == [0, 0, 2, 6])
  }

  @Test func aMatrixIsTheSameAfterJSON() throws {
    for size in [0, 1, 3, Confusion.denseLimit, Confusion.denseLimit + 1] {
      var matrix = Confusion(classCount: size)
      for k in 0..<size { matrix.add(truth: k, prediction: (k * 7) % size, count: k + 1) }
      let data = try JSONEncoder().encode(matrix)
      #expect(try JSONDecoder().decode(Confusion.self, from: data) == matrix)
      #expect(String(decoding: data, as: UTF8.self).contains("counts") == (size <= Confusion.denseLimit))
    }
  }

  @Test func aMatrixOfCountsAloneIsRead() throws {
    let text = #"{"classCount": 2, "counts": [18, 2, 0, 4]}"#
    let matrix = try JSONDecoder().decode(Confusion.self, from: Data(text.utf8))
    #expect(matrix.counts == [18, 2, 0, 4] && matrix.entries.count == 3)
  }

  @Test(arguments: [
    #"{"classCount": 2, "counts": [1]}"#, #"{"classCount": -1, "entries": []}"#,
    #"{"classCount": 2, "entries": [[2, 0, 1]]}"#, #"{"classCount": 2, "entries": [[0, 1]]}"#,
    #"{"classCount": 9223372036854775807, "counts": []}"#,
  ])
  func whatIsNoMatrixIsRefused(_ text: String) {
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(Confusion.self, from: Data(text.utf8)) }
  }
}
