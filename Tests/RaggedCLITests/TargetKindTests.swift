import Foundation
import Testing

/// Every kind of input and target goes from a file to predictions.
@Suite struct TargetKindTests {
  /// Imports a file, trains, evaluates and predicts from the store and from the file; gives the predictions.
  private func predictions(
    _ file: String, _ text: String, importing: [String] = [], training: [String] = [], predicting: [String] = [],
    isClass: Bool, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> [[String]] {
    let work = try Workspace()
    try work.write(file, text)
    func run(_ arguments: [String]) throws -> String {
      let result = try work.ragged(arguments)
      #expect(result.status == 0, "\(arguments): \(result.errors)", sourceLocation: sourceLocation)
      return result.output
    }
    _ = try run(["import", "s.sqlite", file] + importing)
    _ = try run(["train", "s.sqlite", "--epochs", "2", "--quiet", "--batch-size", "2"] + training)
    let evaluation = try run(["evaluate", "model.last.ragged", "s.sqlite"])
    #expect(evaluation.contains("True class by predicted class") == isClass, sourceLocation: sourceLocation)
    let stored = try run(["predict", "model.last.ragged", "s.sqlite"])
    #expect(
      try run(["predict", "model.last.ragged", file] + predicting) == stored, sourceLocation: sourceLocation)
    return stored.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
  }

  @Test func aClassATimestep() throws {
    let rows = try predictions(
      "a.csv", "id,t,x,state\na,0,1,up\na,1,-2,down\nb,0,3,up\nc,0,-1,down\n",
      importing: ["--target", "state", "--target-kind", "class-per-step"], isClass: true)
    #expect(rows[0] == ["key", "t", "prediction", "p_up", "p_down"])
    #expect(rows.dropFirst().map { Array($0[..<2]) } == [["a", "0"], ["a", "1"], ["b", "0"], ["c", "0"]])
    #expect(rows.dropFirst().allSatisfy { ["up", "down"].contains($0[2]) })
  }

  @Test func valuesASequence() throws {
    let rows = try predictions(
      "a.csv", "id,x,u,v\na,1,0.5,1\na,2,0.5,1\nb,3,-1.25,2\n", importing: ["--features", "x", "--target", "u,v"],
      isClass: false)
    #expect(rows[0] == ["key", "u", "v"])
    #expect(rows.dropFirst().map(\.[0]) == ["a", "b"])
    #expect(rows.dropFirst().allSatisfy { Float($0[1]) != nil && Float($0[2]) != nil })
  }

  @Test func valuesATimestep() throws {
    let rows = try predictions(
      "a.jsonl",
      """
      {"id": "a", "features": [1, 2.5], "target": [[1, 0.5], [2, 1.5]]}
      {"id": "none", "features": [], "target": []}
      {"id": "b", "features": [3], "target": [[0.5, 0.25]]}

      """, isClass: false)
    #expect(rows.map { Array($0[..<2]) } == [["key", "t"], ["a", "0"], ["a", "1"], ["b", "0"]])
    #expect(rows[1].count == 4)
  }

  @Test func realTargetsOfATimeSeriesFile() throws {
    let rows = try predictions(
      "a.ts", "@univariate true\n@targetLabel true\n@data\n1,2,3:0.5\n4:-1\n", isClass: false)
    #expect(rows.map(\.[0]) == ["key", "a/1", "a/2"])
  }

  @Test func wordsOfText() throws {
    let rows = try predictions(
      "a.txt", "x\tle chat noir\ny\tthe cat\nx\tle chien\ny\tthe dog\n",
      importing: ["--features", "2", "--target", "1", "--tokens", "words"],
      training: ["--model", "embedding(4) lstm(3)"], predicting: ["--features", "2"], isClass: true)
    #expect(rows[0] == ["key", "prediction", "p_x", "p_y"])
    #expect(rows.dropFirst().map(\.[0]) == ["a:1", "a:2", "a:3", "a:4"])
  }

  @Test func charactersOfTextWithTheClassFromTheFileName() throws {
    let work = try Workspace()
    try work.write("French.txt", "Abel\nNaïve\n")
    try work.write("Irish.txt", "Adam\n\nBán\n")
    let report = try work.good("import", "s.sqlite", "French.txt", "Irish.txt", "--class-from", "filename")
    #expect(report.output == "stored 4 sequences, 16 timesteps, 14 tokens, 2 classes, 0 rejected\n")
    try work.good("train", "s.sqlite", "--model", "embedding(4) lstm(3)", "--epochs", "1", "--quiet")
    // Tokens that the model does not know are the unknown token: two of them are the same to it.
    try work.write("new.txt", "Žž\n日本\n")
    let rows = try work.good("predict", "model.best.ragged", "new.txt").outputLines
    #expect(rows[1].hasPrefix("new:1,") && rows[2].hasPrefix("new:2,"))
    #expect(rows[1].dropFirst(5) == rows[2].dropFirst(5))
  }

  @Test func tokensAsNumbers() throws {
    let rows = try predictions(
      "a.jsonl",
      """
      {"id": "a", "tokens": [5, 0, 7], "target": "x"}
      {"id": "b", "tokens": [1], "target": "y"}

      """, training: ["--model", "embedding(4) lstm(3)"], isClass: true)
    #expect(rows.map(\.[0]) == ["key", "a", "b"])
  }

  @Test func twoClassesOfOneOutput() throws {
    let rows = try predictions(
      "a.csv", "id,x,label\na,1,u\na,2,u\nb,-3,v\n", training: ["--model", "lstm(3) dense(1, sigmoid)"], isClass: true)
    #expect(rows[0] == ["key", "prediction", "p_u", "p_v"])
    for row in rows.dropFirst() {
      let (first, second) = (try #require(Float(row[2])), try #require(Float(row[3])))
      #expect(abs(first + second - 1) < 1e-6)
      #expect(row[1] == (second > 0.5 ? "v" : "u"))
    }
  }

  @Test func targetsWithoutAMeaningAreRefused() throws {
    let work = try Workspace()
    try work.write("one.csv", "id,x,label\na,1,u\nb,2,u\n")
    try work.write("values.csv", "id,v,y\na,1,0.5\nb,2,1.5\n")
    try work.write("none.csv", "id,x\na,1\nb,2\n")
    for name in ["one", "values", "none"] { try work.good("import", "s.sqlite", "\(name).csv", "--dataset", name) }
    func train(_ dataset: String, _ options: String..., message: String) throws {
      let result = try work.ragged(["train", "s.sqlite", "--force", "--dataset", dataset] + options)
      #expect(result.status == 65)
      #expect(result.errors == "ragged: error: \(message)\n")
    }
    try train("one", message: "the data has 1 class, expected at least two to tell apart")
    try train("none", message: "the data has no target to train on")
    try train(
      "values", "--loss", "sparse_categorical_crossentropy",
      message: "sparse_categorical_crossentropy is for classes, the data's target is 1 value per sequence")
    try train(
      "values", "--model", "lstm(2, sequences)",
      message:
        "model \"lstm(2, sequences)\": the model gives an output per timestep, and the target comes per sequence: "
        + "expected a last lstm without sequences, or last before the output layer")
  }
}
