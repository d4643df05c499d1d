import Foundation
import RaggedCore
import RaggedTraining
import Testing

/// Figures computed by scikit-learn, and by seqeval and a second count of entities, in
/// `fixtures/reference/scikit-learn/make_figures.py`.
@Suite struct JudgementReferenceTests {
  struct Reference: Decodable {
    struct Classes: Decodable {
      var name: String
      var classes: Int
      var truths, predictions, labels, support: [Int]
      var precision, recall, f1, macro, weighted: [Double]
      var balancedAccuracy, accuracy: Double
    }
    struct Scores: Decodable {
      var name: String
      var labels: [Int]
      var scores: [Float]
      var auroc, averagePrecision, otherAveragePrecision: Double
    }
    struct Values: Decodable {
      var name: String
      var truths, predictions: [Double]
      var mae, rmse, r2, smape: Double
    }
    struct Tags: Decodable {
      var name: String
      var tags, types: [String]
      var truths, predictions: [[String]]
      var counts: [[Int]]
      var precision, recall, f1: Double
    }
    var classes: [Classes]
    var scores: [Scores]
    var values: [Values]
    var tags: [Tags]
  }

  static func cases() throws -> Reference {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../fixtures/reference")
    let data = try Data(contentsOf: folder.appending(path: "scikit-learn/figures.json"))
    return try JSONDecoder().decode(Reference.self, from: data)
  }

  private static func isNear(_ left: Double?, _ right: Double) -> Bool {
    left.map { abs($0 - right) <= 1e-9 * max(1, abs(right)) } ?? false
  }

  @Test func classesAreJudgedAsByScikitLearn() throws {
    for problem in try Self.cases().classes {
      var matrix = Confusion(classCount: problem.classes)
      for (truth, prediction) in zip(problem.truths, problem.predictions) {
        matrix.add(truth: truth, prediction: prediction)
      }
      let report = try #require(matrix.classReport)
      for (place, k) in problem.labels.enumerated() {
        let figures = report.classes[k]
        #expect(Self.isNear(figures.precision, problem.precision[place]), "\(problem.name), class \(k)")
        #expect(Self.isNear(figures.recall, problem.recall[place]), "\(problem.name), class \(k)")
        #expect(Self.isNear(figures.f1, problem.f1[place]), "\(problem.name), class \(k)")
        #expect(figures.support == problem.support[place], "\(problem.name), class \(k)")
      }
      for (figures, expected) in [(report.macro, problem.macro), (report.weighted, problem.weighted)] {
        #expect(Self.isNear(figures.precision, expected[0]), "\(problem.name)")
        #expect(Self.isNear(figures.recall, expected[1]), "\(problem.name)")
        #expect(Self.isNear(figures.f1, expected[2]), "\(problem.name)")
      }
      #expect(Self.isNear(report.balancedAccuracy, problem.balancedAccuracy), "\(problem.name)")
      #expect(Self.isNear(matrix.accuracy, problem.accuracy) && report.macro.f1 == matrix.macroF1, "\(problem.name)")
    }
  }

  @Test func scoresAreRankedAsByScikitLearn() throws {
    for problem in try Self.cases().scores {
      // In one part, and in three that are put together.
      var (whole, parts) = (RankedScores(), [RankedScores(), RankedScores(), RankedScores()])
      for (place, (label, score)) in zip(problem.labels, problem.scores).enumerated() {
        whole.add(score, isPositive: label == 1)
        parts[place % 3].add(score, isPositive: label == 1)
      }
      let figures = try #require(whole.figures)
      #expect(figures.isExact && Self.isNear(figures.auroc, problem.auroc), "\(problem.name)")
      #expect(Self.isNear(figures.averagePrecision, problem.averagePrecision), "\(problem.name)")
      #expect(Self.isNear(figures.otherAveragePrecision, problem.otherAveragePrecision), "\(problem.name)")
      var sum = parts[2]
      sum += parts[0]
      sum += parts[1]
      #expect(sum.figures == figures && sum.count == problem.labels.count)
    }
  }

  @Test func valuesAreJudgedAsByScikitLearn() throws {
    for problem in try Self.cases().values {
      var (whole, first, second) = (ValueSums(), ValueSums(), ValueSums())
      for (place, (truth, prediction)) in zip(problem.truths, problem.predictions).enumerated() {
        whole.add(truth: truth, prediction: prediction)
        if place % 3 == 0 {
          first.add(truth: truth, prediction: prediction)
        } else {
          second.add(truth: truth, prediction: prediction)
        }
      }
      first += second
      for sums in [whole, first] {
        #expect(Self.isNear(sums.meanAbsoluteError, problem.mae), "\(problem.name)")
        #expect(Self.isNear(sums.rootMeanSquaredError, problem.rmse), "\(problem.name)")
        #expect(Self.isNear(sums.determination, problem.r2), "\(problem.name)")
        #expect(Self.isNear(sums.symmetricPercentage, problem.smape), "\(problem.name)")
      }
    }
  }

  @Test func entitiesAreCountedAsByConlleval() throws {
    for problem in try Self.cases().tags {
      let scheme = try #require(TagScheme(problem.tags))
      #expect(scheme.types == problem.types)
      var (whole, rest) = (EntityCounts(scheme), EntityCounts(scheme))
      for (place, (truths, predictions)) in zip(problem.truths, problem.predictions).enumerated() {
        func codes(_ tags: [String]) -> [Int32] { tags.map { Int32(problem.tags.firstIndex(of: $0) ?? -1) } }
        if place % 2 == 0 {
          whole.add(truths: codes(truths), predictions: codes(predictions))
        } else {
          rest.add(truths: codes(truths), predictions: codes(predictions))
        }
      }
      whole += rest
      #expect(whole.support == problem.counts.map { $0[0] }, "\(problem.name)")
      #expect(whole.predicted == problem.counts.map { $0[1] }, "\(problem.name)")
      #expect(whole.right == problem.counts.map { $0[2] }, "\(problem.name)")
      let overall = whole.report.overall
      #expect(Self.isNear(overall.precision, problem.precision) && Self.isNear(overall.recall, problem.recall))
      #expect(Self.isNear(overall.f1, problem.f1), "\(problem.name)")
    }
  }
}
