import Foundation
import Testing

/// Data in which no timestep is valid.
@Suite struct NothingToLearnTests {
  @Test func anImportSaysSoAndTrainingIsRefused() throws {
    let work = try Workspace()
    try work.write("a.csv", "id,t,v,label\na,0,,x\na,1,,x\nb,0,,y\nb,1,,y\n")
    let result = try work.good("import", "s.sqlite", "a.csv", "--features", "v", "--missing", "")
    #expect(result.errors.contains("no timestep that was stored is valid: nothing can be learned from it\n"))
    let message = "none of the 4 timesteps is valid, so there is nothing to learn from"
    try work.bad(65, message, "train", "s.sqlite", "-m", "lstm(2)", "--epochs", "2")
    #expect(!work.names.contains { $0.hasSuffix(".ragged") })
    #expect(try work.good("runs", "s.sqlite").output.contains("finished") == false)
  }

  @Test func validationAndEvaluationAreRefusedAsWell() throws {
    let work = try Workspace()
    try work.write("a.csv", "id,v,label,part\na,1,x,train\nb,2,y,train\nc,,x,test\nd,,y,test\n")
    #expect(
      try work.good("import", "s.sqlite", "a.csv", "--missing", "", "--split-column", "part").errors.contains("valid")
        == false)
    try work.bad(
      65, "none of the 2 timesteps is valid, so there is nothing to validate with", "train", "s.sqlite", "-m",
      "lstm(2)",
      "--epochs", "1", "--validation-split", "test")
    try work.good("train", "s.sqlite", "-m", "lstm(2)", "--epochs", "1")
    try work.bad(
      65, "none of the 2 timesteps is valid, so there is nothing to be judged by", "evaluate", "model.best.ragged",
      "s.sqlite", "--split", "test")
  }
}
